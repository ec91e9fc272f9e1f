-- A token may have an end, so that an old one works for a while beside the new one.

ALTER TABLE tokens ADD COLUMN expires_at INTEGER;
