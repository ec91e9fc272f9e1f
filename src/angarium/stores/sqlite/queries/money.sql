-- Balances.

-- name: free_credit
SELECT free FROM accounts WHERE account_id = ?

-- name: move_credit
UPDATE accounts SET free = free + ?, reserved = reserved + ?, spent = spent + ? WHERE account_id = ?

-- name: balance
SELECT purchased, free, reserved, spent FROM accounts WHERE account_id = ?

-- name: purchasers
SELECT account_id FROM accounts
WHERE account_id IN (SELECT value FROM json_each(?)) AND first_purchase_at IS NOT NULL

-- name: faulty_balances
SELECT a.account_id, a.name, a.purchased, a.free, a.reserved, a.spent,
       ifnull((SELECT sum(amount) FROM ledger l WHERE l.account_id = a.account_id), 0) AS bought,
       ifnull(m.reserved, 0) AS owed, ifnull(m.spent, 0) + a.pruned_spent AS used
FROM accounts a LEFT JOIN (
    SELECT account_id,
           sum(CASE WHEN state < 3 THEN rate * (segments - popcount(sent_mask)) ELSE 0 END) AS reserved,
           sum(rate * popcount(sent_mask)) AS spent
    FROM messages GROUP BY account_id) m ON m.account_id = a.account_id
WHERE a.purchased <> bought OR a.reserved <> owed OR a.spent <> used OR a.purchased <> a.free + a.reserved + a.spent
