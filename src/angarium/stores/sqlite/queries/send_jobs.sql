-- Files of messages: what is to be sent, in chunks, and how far it is.

-- name: send_job
SELECT job_id, account_id, connection_id, file_name, author, options, state, note, report, lines, chunks, next_chunk,
       asked_at, due_at, accepted, refused, doubtful, created_at, changed_at
FROM send_jobs WHERE job_id = ?

-- name: send_jobs
SELECT job_id, account_id, connection_id, file_name, author, options, state, note, report, lines, chunks, next_chunk,
       asked_at, due_at, accepted, refused, doubtful, created_at, changed_at
FROM send_jobs WHERE account_id = ? ORDER BY job_id DESC LIMIT ?

-- name: due_send_jobs
SELECT job_id, account_id, connection_id, file_name, author, options, state, note, report, lines, chunks, next_chunk,
       asked_at, due_at, accepted, refused, doubtful, created_at, changed_at
FROM send_jobs INDEXED BY send_jobs_running WHERE state = 'running' AND due_at <= ? ORDER BY due_at LIMIT ?

-- name: send_chunk
SELECT body, results FROM send_chunks WHERE job_id = ? AND chunk_no = ?

-- name: add_send_job
INSERT INTO send_jobs (account_id, connection_id, file_name, author, options, state, created_at, changed_at)
VALUES (?1, ?2, ?3, ?4, ?5, 'loading', ?6, ?6)

-- name: add_send_chunk
INSERT INTO send_chunks (job_id, chunk_no, body) VALUES (?, ?, ?)

-- name: load_send_job
UPDATE send_jobs SET state = 'ready', report = ?2, lines = ?3, chunks = ?4, changed_at = ?5
WHERE job_id = ?1 AND state = 'loading'

-- name: move_send_job
UPDATE send_jobs SET state = ?2, note = ?3, due_at = ?4, changed_at = ?4
WHERE job_id = ?1 AND state IN (SELECT value FROM json_each(?5))

-- name: ask_send_chunk
UPDATE send_jobs SET asked_at = ?3 WHERE job_id = ?1 AND next_chunk = ?2 AND state = 'running'

-- name: note_send_chunk
UPDATE send_chunks SET body = ?3, results = ?4 WHERE job_id = ?1 AND chunk_no = ?2

-- name: note_send_job
UPDATE send_jobs
SET next_chunk = next_chunk + ?2, asked_at = NULL, accepted = accepted + ?3, refused = refused + ?4,
    doubtful = doubtful + ?5, due_at = ?6, changed_at = ?7,
    state = CASE WHEN state IN ('running', 'paused') AND next_chunk + ?2 >= chunks THEN 'done'
                 WHEN state = 'running' AND ?8 <> '' THEN 'paused' ELSE state END,
    note = CASE WHEN state = 'running' THEN ?8 ELSE note END
WHERE job_id = ?1

-- name: next_send_chunk
SELECT next_chunk FROM send_jobs WHERE job_id = ?

-- name: erase_send_chunks
UPDATE send_chunks SET body = NULL WHERE job_id = ?1 AND chunk_no > ?2

-- name: old_send_jobs
SELECT job_id FROM send_jobs INDEXED BY send_jobs_by_age
WHERE changed_at < ?1 AND (state IN ('paused', 'cancelled', 'done') AND changed_at < ?2 OR state IN ('loading', 'ready'))
ORDER BY changed_at LIMIT ?3

-- name: drop_send_chunks
DELETE FROM send_chunks WHERE chunk_id IN (SELECT chunk_id FROM send_chunks WHERE job_id = ? LIMIT ?)

-- name: drop_send_job
DELETE FROM send_jobs WHERE job_id = ?
