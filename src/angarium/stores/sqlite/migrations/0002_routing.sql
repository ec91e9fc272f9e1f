-- Several carriers for a prefix, in order; what carriers cost; what a request asks of its route.

CREATE TABLE ranked_routes (
    route_id   INTEGER PRIMARY KEY,
    prefix     TEXT NOT NULL,
    carrier_id INTEGER NOT NULL REFERENCES carriers,
    account_id INTEGER REFERENCES accounts,
    sender     TEXT,
    quality    INTEGER NOT NULL CHECK (quality BETWEEN 0 AND 100)
);
INSERT INTO ranked_routes (route_id, prefix, carrier_id, quality) SELECT route_id, prefix, carrier_id, 50 FROM routes;
DROP TABLE routes;
ALTER TABLE ranked_routes RENAME TO routes;
CREATE UNIQUE INDEX routes_by_prefix ON routes (prefix, carrier_id, ifnull(account_id, 0), ifnull(sender, ''));
CREATE INDEX routes_of_carrier ON routes (carrier_id);

ALTER TABLE rates ADD COLUMN carrier_id INTEGER REFERENCES carriers;
DROP INDEX rates_by_prefix;
CREATE UNIQUE INDEX rates_by_prefix ON rates (prefix, ifnull(account_id, 0), ifnull(carrier_id, 0));

CREATE TABLE costs (
    cost_id    INTEGER PRIMARY KEY,
    carrier_id INTEGER NOT NULL REFERENCES carriers,
    prefix     TEXT NOT NULL,
    cost       INTEGER NOT NULL CHECK (cost >= 0),
    UNIQUE (carrier_id, prefix)
);

-- 0: not held. 1: held. 2: held, and what waits is offered to other carriers.
ALTER TABLE carriers ADD COLUMN hold INTEGER NOT NULL DEFAULT 0;

ALTER TABLE requests ADD COLUMN escalate INTEGER NOT NULL DEFAULT 0;
ALTER TABLE requests ADD COLUMN rate_max INTEGER;
ALTER TABLE requests ADD COLUMN needs INTEGER NOT NULL DEFAULT 0;

ALTER TABLE messages ADD COLUMN cost INTEGER NOT NULL DEFAULT 0;
ALTER TABLE messages ADD COLUMN reroutes INTEGER NOT NULL DEFAULT 0;
-- The rate at acceptance, once a costlier route was taken; NULL while that is `rate` itself.
ALTER TABLE messages ADD COLUMN first_rate INTEGER;
