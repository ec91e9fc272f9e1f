-- A token may have an end, so that an old one works for a while beside the new one.

ALTER TABLE tokens ADD COLUMN expires_at INTEGER;

-- An account's own part of the block list.
CREATE INDEX blocks_of_account ON blocks (account_id, block_id) WHERE account_id > 0;
