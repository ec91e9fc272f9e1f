-- People, sessions, tickets.

-- name: person
SELECT person_id, login, name, password_hash, totp_sealed, totp_step, is_operator, created_at, disabled_at
FROM people WHERE person_id = ?

-- name: person_of_login
SELECT person_id, login, name, password_hash, totp_sealed, totp_step, is_operator, created_at, disabled_at
FROM people WHERE login = ?

-- name: people
SELECT person_id, login, name, password_hash, totp_sealed, totp_step, is_operator, created_at, disabled_at
FROM people
WHERE ?1 IS NULL OR person_id IN (SELECT person_id FROM memberships WHERE account_id = ?1)
ORDER BY login

-- name: memberships
SELECT person_id, account_id, role FROM memberships
WHERE (?1 IS NULL OR person_id = ?1) AND (?2 IS NULL OR account_id = ?2)

-- name: session
SELECT session_id, person_id, account_id, is_acting, created_at, seen_at, expires_at, address, agent
FROM sessions WHERE session_hash = ? AND expires_at > ?

-- name: sessions
SELECT session_id, person_id, account_id, is_acting, created_at, seen_at, expires_at, address, agent
FROM sessions WHERE person_id = ? AND expires_at > ?

-- name: ticket
SELECT ticket_id, kind, person_id, made_by, created_at, expires_at FROM tickets WHERE ticket_hash = ? AND expires_at > ?

-- name: tickets
SELECT ticket_id, kind, person_id, made_by, created_at, expires_at FROM tickets WHERE expires_at > ? ORDER BY ticket_id

-- name: add_person
INSERT INTO people (login, name, is_operator, created_at) VALUES (?, ?, ?, ?)

-- name: change_person
UPDATE people SET name = ?, is_operator = ?, disabled_at = ? WHERE person_id = ?

-- name: set_password
UPDATE people SET password_hash = ? WHERE person_id = ?

-- name: set_totp
UPDATE people SET totp_sealed = ?, totp_step = 0 WHERE person_id = ?

-- name: use_totp_step
UPDATE people SET totp_step = ?1 WHERE person_id = ?2 AND totp_step < ?1

-- name: remove_membership
DELETE FROM memberships WHERE person_id = ? AND account_id = ?

-- name: add_membership
INSERT INTO memberships (person_id, account_id, role) VALUES (?, ?, ?)

-- name: owners
SELECT p.person_id FROM memberships m JOIN people p ON p.person_id = m.person_id
WHERE m.account_id = ? AND m.role = 'owner' AND p.disabled_at IS NULL

-- name: operators
SELECT person_id FROM people WHERE is_operator = 1 AND disabled_at IS NULL

-- name: add_session
INSERT INTO sessions (session_hash, person_id, account_id, is_acting, created_at, seen_at, expires_at, address, agent)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)

-- name: see_session
UPDATE sessions SET seen_at = ?, expires_at = ?, address = ? WHERE session_hash = ?

-- name: turn_session
UPDATE sessions SET account_id = ?, is_acting = ? WHERE session_id = ?

-- name: end_sessions
DELETE FROM sessions WHERE person_id = ?1 AND (?2 IS NULL OR session_id = ?2) AND (?3 IS NULL OR session_id <> ?3)

-- name: void_tickets
DELETE FROM tickets WHERE person_id = ? AND kind = ?

-- name: void_all_tickets
DELETE FROM tickets WHERE person_id = ?

-- name: add_ticket
INSERT INTO tickets (ticket_hash, kind, person_id, made_by, created_at, expires_at) VALUES (?, ?, ?, ?, ?, ?)

-- name: use_ticket
DELETE FROM tickets WHERE ticket_hash = ? RETURNING ticket_id, kind, person_id, made_by, created_at, expires_at

-- name: prune_sessions
DELETE FROM sessions WHERE session_id IN (SELECT session_id FROM sessions WHERE expires_at <= ? ORDER BY expires_at LIMIT ?)

-- name: prune_tickets
DELETE FROM tickets WHERE expires_at <= ?
