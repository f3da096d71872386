-- Agents at work side by side: who claimed what, who made whom, what they wait for and what they say to each other.

ALTER TABLE cowork_tasks ADD COLUMN is_parked BOOLEAN NOT NULL DEFAULT FALSE; -- nothing of it goes on before an answer

-- The agent that works on it. Claiming is one statement, so that a subtask has one.
ALTER TABLE cowork_subtasks ADD COLUMN claimed_by TEXT;

ALTER TABLE sub_agents ADD COLUMN parent_id TEXT REFERENCES sub_agents(id); -- the agent that made it, and that it ends with
ALTER TABLE sub_agents ADD COLUMN depth INTEGER NOT NULL DEFAULT 0;         -- agents above it
ALTER TABLE sub_agents ADD COLUMN attempt INTEGER NOT NULL DEFAULT 1;       -- counts those that failed at the same part before
ALTER TABLE sub_agents ADD COLUMN failure TEXT;                             -- why it failed, for people and for who comes after it
ALTER TABLE sub_agents ADD COLUMN write_set_json JSONB;                     -- patterns of paths that it said it writes
ALTER TABLE sub_agents ADD COLUMN started_at TIMESTAMP;
ALTER TABLE sub_agents ADD COLUMN ended_at TIMESTAMP;

-- What one agent says to another. Each is read once, at the turn in which it was delivered.
ALTER TABLE agent_messages ADD COLUMN task_id TEXT REFERENCES cowork_tasks(id);
ALTER TABLE agent_messages ADD COLUMN call_id TEXT;              -- the call that sent it; null where the host did
ALTER TABLE agent_messages ADD COLUMN is_tainted BOOLEAN NOT NULL DEFAULT FALSE; -- its sender had read what strangers wrote
ALTER TABLE agent_messages ADD COLUMN sent_at TIMESTAMP;
ALTER TABLE agent_messages ADD COLUMN delivered_turn INTEGER;    -- null until the receiver has read it

-- A call whose result comes later: from a person, or with a message.
ALTER TABLE cowork_tool_calls ADD COLUMN waits_for TEXT;         -- person, message, or the agent whose message it waits for

-- A question in words, where it is not about changes or a request.
ALTER TABLE cowork_approvals ADD COLUMN question_json JSONB;
ALTER TABLE cowork_approvals ADD COLUMN answered_by TEXT;        -- who answered

CREATE INDEX idx_agents_parent ON sub_agents(parent_id) WHERE parent_id IS NOT NULL;
CREATE INDEX idx_agent_messages_open ON agent_messages(to_agent) WHERE delivered_turn IS NULL;
CREATE INDEX idx_agent_messages_read ON agent_messages(to_agent, delivered_turn);
CREATE INDEX idx_cowork_tool_calls_waiting ON cowork_tool_calls(task_id) WHERE status = 'waiting';

-- Who works on a subtask has claimed it, and who is done has ended.
UPDATE cowork_subtasks SET claimed_by =
    (SELECT a.id FROM sub_agents a WHERE a.subtask_id = cowork_subtasks.id ORDER BY a.rowid DESC LIMIT 1);
UPDATE sub_agents SET ended_at = COALESCE(
    (SELECT MAX(t.created_at) FROM cowork_turns t WHERE t.agent_id = sub_agents.id),
    (SELECT t.updated_at FROM cowork_tasks t WHERE t.id = sub_agents.task_id)) WHERE status = 'completed';
