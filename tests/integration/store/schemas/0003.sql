INSERT INTO owner (id, identifier, created_at) VALUES
    ('owner-1', 'ada', '2026-05-01 12:00:00+00'),
    ('owner-2', 'mallory', '2026-05-01 12:00:00+00');
INSERT INTO thread (id, owner_id, name, metadata, activity, created_at, updated_at) VALUES
    ('thread-1', 'owner-1', 'Gardens', '{"profile": "chat"}', 1,
     '2026-05-01 12:00:00+00', '2026-05-01 12:01:00+00'),
    ('thread-2', 'owner-1', NULL, '{}', 2, '2026-05-02 12:00:00+00', '2026-05-02 12:00:00+00');
INSERT INTO entry
    (id, thread_id, position, role, text, outcome, numbers, writer_id, created_at)
VALUES
    ('entry-1', 'thread-1', 0, 'user', 'when do roses flower?', NULL, NULL, NULL,
     '2026-05-01 12:00:00+00'),
    ('entry-2', 'thread-1', 1, 'assistant', 'in summer', 'completed', '{"output_tokens": 3}',
     'an-old-writer', '2026-05-01 12:00:00+00'),
    ('entry-3', 'thread-2', 0, 'user', '你好', NULL, NULL, NULL, '2026-05-02 12:00:00+00'),
    ('entry-4', 'thread-2', 1, 'assistant', '', 'writing', NULL, 'an-old-writer',
     '2026-05-02 12:00:00+00');
INSERT INTO piece (entry_id, sequence, text) VALUES
    ('entry-4', 0, 'half '),
    ('entry-4', 7, 'an answer');
INSERT INTO feedback (entry_id, thumb_up, comment, created_at) VALUES
    ('entry-2', TRUE, 'true', '2026-05-01 12:05:00+00');
INSERT INTO writer (id, beat) VALUES ('an-old-writer', 12);
INSERT INTO share (token, thread_id, created_at) VALUES
    ('a-token', 'thread-1', '2026-05-01 12:10:00+00');
INSERT INTO choice (owner_id, profile, chosen) VALUES
    ('owner-1', 'chat', '{"temperature": 0.5}');
