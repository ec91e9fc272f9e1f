-- The block list, as operators look at it.

-- name: blocks_of_all
SELECT digits, is_prefix, account_id, is_delisted, note, blocked_at, block_id FROM blocks INDEXED BY blocks_of_all
WHERE account_id = 0 AND block_id < ? ORDER BY block_id DESC LIMIT ?

-- name: blocks_with_digits
SELECT digits, is_prefix, account_id, is_delisted, note, blocked_at, block_id FROM blocks
WHERE is_prefix = ? AND digits = ? ORDER BY account_id LIMIT ?
