-- Purchases, vouchers, warnings.

-- name: purchase
SELECT purchase_id, account_id, amount, provider, payment_key, author, state, created_at, ended_at
FROM purchases WHERE purchase_id = ?

-- name: open_purchases
SELECT purchase_id, account_id, amount, provider, payment_key, author, state, created_at, ended_at
FROM purchases WHERE state = 'open' ORDER BY purchase_id LIMIT ?

-- name: add_purchase
INSERT INTO purchases (account_id, amount, provider, payment_key, author, created_at) VALUES (?, ?, ?, ?, ?, ?)

-- name: end_purchase
UPDATE purchases SET state = ?, ended_at = ? WHERE purchase_id = ? AND state = 'open'
RETURNING account_id, amount, provider

-- name: add_voucher
INSERT INTO vouchers (code_hash, amount, note, is_trial, created_at, expires_at) VALUES (?, ?, ?, ?, ?, ?)

-- name: vouchers
SELECT voucher_id, amount, note, is_trial, created_at, expires_at, account_id, redeemed_at, revoked_at
FROM vouchers WHERE voucher_id < ? ORDER BY voucher_id DESC LIMIT ?

-- name: take_voucher
UPDATE vouchers SET account_id = ?2, redeemed_at = ?3
WHERE code_hash = ?1 AND redeemed_at IS NULL AND revoked_at IS NULL AND expires_at > ?3
RETURNING voucher_id, amount, is_trial

-- name: revoke_voucher
UPDATE vouchers SET revoked_at = ifnull(revoked_at, ?) WHERE voucher_id = ? RETURNING redeemed_at

-- name: remove_credit_watch
DELETE FROM credit_watches WHERE account_id = ?

-- name: set_credit_watch
INSERT INTO credit_watches (account_id, warn_below) VALUES (?, ?)
ON CONFLICT (account_id) DO UPDATE SET warn_below = excluded.warn_below

-- name: credit_watches
SELECT w.account_id, w.warn_below, w.warned_at, a.free
FROM credit_watches w JOIN accounts a ON a.account_id = w.account_id ORDER BY w.account_id

-- name: set_credit_warned
UPDATE credit_watches SET warned_at = ? WHERE account_id = ?
