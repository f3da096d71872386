-- What calls did to files: held until it is approved, committed, and kept to be undone.

CREATE TABLE cowork_change_sets (
    call_id TEXT PRIMARY KEY,                     -- of a tool, or of a person who undoes one
    task_id TEXT NOT NULL REFERENCES cowork_tasks(id),
    status TEXT NOT NULL,                         -- held committed denied undone
    undoes TEXT REFERENCES cowork_change_sets(call_id), -- set where a person undoes a call
    content_hash TEXT NOT NULL,                   -- BLAKE3 of the change set: what an approval binds
    changes_json JSONB NOT NULL,                  -- the change set, its steps and what it rests on
    held_json JSONB,                              -- while it is held: what the call gave, to be made final with it
    collisions_json JSONB,                        -- where somebody else wrote in the instant of the commit
    created_at TIMESTAMP NOT NULL
);

CREATE INDEX idx_cowork_change_sets_task ON cowork_change_sets(task_id);

-- Files whose content a task made itself, by what they are on disk: changing them again asks nobody.
CREATE TABLE cowork_made_files (
    task_id TEXT NOT NULL REFERENCES cowork_tasks(id),
    dev INTEGER NOT NULL,
    ino INTEGER NOT NULL,
    size INTEGER NOT NULL,
    modified INTEGER NOT NULL,                    -- nanoseconds since 1970
    PRIMARY KEY (task_id, dev, ino)
) WITHOUT ROWID;

-- The change set that a question is about. An answer counts for this hash alone.
ALTER TABLE cowork_approvals ADD COLUMN content_hash TEXT;
-- Why it is asked again, for people.
ALTER TABLE cowork_approvals ADD COLUMN reason TEXT;

-- Kinds of changes that a person has allowed for the rest of a task. Never a deletion.
CREATE TABLE cowork_allowed_kinds (
    task_id TEXT NOT NULL REFERENCES cowork_tasks(id),
    kind_json JSONB NOT NULL                      -- tool, effects, folder
);

CREATE INDEX idx_cowork_allowed_kinds_task ON cowork_allowed_kinds(task_id);
