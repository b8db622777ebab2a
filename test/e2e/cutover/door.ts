/**
 * The front door of the shop: who takes the orders of a market. It marks those that the new service takes by their channel, in the transaction that
 * enters them, as a service does that writes its orders back: so an order says itself where it was born.
 */
import type pg from 'pg';

/** Channel of orders that the new service takes. */
export const NEW_CHANNEL = 'NEXT';

export const DOOR_SQL = `
CREATE SCHEMA door;
CREATE TABLE door.market (market text PRIMARY KEY, is_open boolean NOT NULL DEFAULT false);
CREATE FUNCTION door.enter() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  -- Who closes the door waits for those who are in it.
  IF (SELECT is_open FROM door.market WHERE market = NEW.mkt_cd FOR SHARE) THEN NEW.chnl_cd := '${NEW_CHANNEL}'; END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER door_enter BEFORE INSERT ON oms.ord_hdr FOR EACH ROW EXECUTE FUNCTION door.enter();
`;

/** The service's side of it. */
export class Door {
  readonly #legacy: pg.Pool;

  constructor(legacy: pg.Pool) {
    this.#legacy = legacy;
  }

  /** Closed: every order that came through it is committed. @returns false: it was so before. */
  async set(market: string, isOpen: boolean): Promise<boolean> {
    const text = `INSERT INTO door.market AS m VALUES ($1, $2) ON CONFLICT (market) DO UPDATE SET is_open = $2 WHERE m.is_open <> $2`;
    return (await this.#legacy.query(text, [market, isOpen])).rowCount === 1;
  }
}
