-- What agents of a coworkspace remember. The authority are the files in .memory/; this is how they are found.
CREATE TABLE cowork_memories (
    id INTEGER PRIMARY KEY,
    coworkspace_slug TEXT NOT NULL REFERENCES coworkspaces(slug),
    key TEXT NOT NULL,                            -- name of the file, without .md
    title TEXT NOT NULL,
    tags_json JSONB NOT NULL,
    tags TEXT NOT NULL,                           -- the same as words, to be found by
    text TEXT NOT NULL,
    time TIMESTAMP,                               -- when it was stored, as the file says
    who TEXT,
    tainted BOOLEAN NOT NULL,                     -- as the file says
    size INTEGER NOT NULL,                        -- of the file when it was read
    modified INTEGER NOT NULL,                    -- the same: nanoseconds since 1970
    UNIQUE (coworkspace_slug, key)
);

CREATE VIRTUAL TABLE cowork_memories_fts USING fts5 (
    title, tags, text, content = 'cowork_memories', content_rowid = 'id', tokenize = 'porter unicode61 remove_diacritics 2'
);

CREATE TRIGGER cowork_memories_inserted AFTER INSERT ON cowork_memories BEGIN
    INSERT INTO cowork_memories_fts (rowid, title, tags, text) VALUES (new.id, new.title, new.tags, new.text);
END;

CREATE TRIGGER cowork_memories_deleted AFTER DELETE ON cowork_memories BEGIN
    INSERT INTO cowork_memories_fts (cowork_memories_fts, rowid, title, tags, text)
    VALUES ('delete', old.id, old.title, old.tags, old.text);
END;

CREATE TRIGGER cowork_memories_updated AFTER UPDATE ON cowork_memories BEGIN
    INSERT INTO cowork_memories_fts (cowork_memories_fts, rowid, title, tags, text)
    VALUES ('delete', old.id, old.title, old.tags, old.text);
    INSERT INTO cowork_memories_fts (rowid, title, tags, text) VALUES (new.id, new.title, new.tags, new.text);
END;

-- Where text of strangers came from that an agent read first: web file memory message brief. Null: it has read none.
ALTER TABLE sub_agents ADD COLUMN tainted_by TEXT;

UPDATE sub_agents SET tainted_by = 'web'
WHERE id IN (SELECT agent_id FROM cowork_tool_calls WHERE json_extract(usage_json, '$.received') > 0);

DROP INDEX idx_cowork_tool_calls_tainting;
-- An agent that goes on reads its own calls from where its context begins.
CREATE INDEX idx_cowork_tool_calls_agent ON cowork_tool_calls(agent_id, turn);

-- Files that were made of such text, by their place and by what they are on disk: a file that was renamed, or put in
-- the place of one, is still known.
CREATE TABLE cowork_tainted_files (
    coworkspace_slug TEXT NOT NULL REFERENCES coworkspaces(slug),
    path TEXT NOT NULL,
    dev INTEGER NOT NULL,
    ino INTEGER NOT NULL,
    PRIMARY KEY (coworkspace_slug, path)
) WITHOUT ROWID;

CREATE INDEX idx_cowork_tainted_files_object ON cowork_tainted_files(coworkspace_slug, dev, ino);

-- Where an agent's context was made shorter: what it reads from here on instead of its turns up to this one.
CREATE TABLE cowork_compactions (
    agent_id TEXT NOT NULL REFERENCES sub_agents(id),
    number INTEGER NOT NULL,                      -- from 1 for each agent
    up_to_turn INTEGER NOT NULL,                  -- the last turn that it stands for
    summary TEXT,                                 -- what stands for these turns. Null: they stay, with long results cut short
    files_json JSONB NOT NULL,                    -- files that the agent changed in them, newest last
    input_tokens INTEGER NOT NULL,                -- what the summary cost
    output_tokens INTEGER NOT NULL,
    created_at TIMESTAMP NOT NULL,
    PRIMARY KEY (agent_id, number)
) WITHOUT ROWID;
