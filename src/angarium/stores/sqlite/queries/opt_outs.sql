-- Handsets that have opted out.

-- name: opted_out
SELECT j.value ->> 0, j.value ->> 1, j.value ->> 2 FROM json_each(?) j
CROSS JOIN opt_outs o ON o.account_id = j.value ->> 0 AND o.recipient = j.value ->> 2
                     AND (o.sender = '' OR o.sender = j.value ->> 1)

-- name: opt_out
INSERT OR IGNORE INTO opt_outs (account_id, recipient, sender, since, word) VALUES (?, ?, ?, ?, ?)

-- name: opt_in
DELETE FROM opt_outs WHERE account_id = ? AND recipient = ? AND sender = ?

-- name: any_opt_out
SELECT EXISTS (SELECT 1 FROM opt_outs WHERE account_id = ?)

-- name: next_account_with_opt_outs
SELECT min(account_id) FROM opt_outs WHERE account_id > ?

-- name: opt_outs
SELECT account_id, sender, recipient, since, word FROM opt_outs
WHERE account_id = ?1 AND (recipient, sender) > (?2, ?3) ORDER BY recipient, sender LIMIT ?4

-- name: may_answer
INSERT INTO word_answers (account_id, sender, recipient, at) VALUES (?1, ?2, ?3, ?4)
ON CONFLICT (account_id, sender, recipient) DO UPDATE SET at = excluded.at WHERE at <= excluded.at - ?5
RETURNING account_id, sender, recipient

-- name: prune_answers
DELETE FROM word_answers WHERE (account_id, sender, recipient) IN
    (SELECT account_id, sender, recipient FROM word_answers INDEXED BY word_answers_by_age WHERE at < ? ORDER BY at LIMIT ?)

-- name: settings_changed
UPDATE meta SET value = value + 1 WHERE name = 'settings_version'
