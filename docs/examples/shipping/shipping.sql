-- What shipping did, step by step. Nothing here is unique: the inbox is what keeps a step from being done twice.
CREATE TABLE IF NOT EXISTS shipping_step (
  id        bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  order_id  text        NOT NULL,
  step      text        NOT NULL,
  reference text        NOT NULL,
  detail    text        NOT NULL,
  done_at   timestamptz NOT NULL DEFAULT now()
);
