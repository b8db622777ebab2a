-- Orders of the new service. The tables of the kit are beside them: order and event are written in one transaction.
CREATE TABLE IF NOT EXISTS purchase (
  order_id  text        PRIMARY KEY,
  tenant    text        NOT NULL,
  market    text        NOT NULL,
  channel   text        NOT NULL,
  content   jsonb       NOT NULL,
  placed_at timestamptz NOT NULL DEFAULT now()
);

-- What became of them: one row for each step, by its own number. A request that is sent again finds it here.
CREATE TABLE IF NOT EXISTS purchase_step (
  order_id text        NOT NULL REFERENCES purchase,
  step     text        NOT NULL,
  number   text        NOT NULL,
  content  jsonb       NOT NULL,
  done_at  timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (order_id, step, number)
);
