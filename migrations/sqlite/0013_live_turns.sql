-- The turns that count: those that no rewind took back.
CREATE VIEW cowork_live_turns AS
    SELECT t.* FROM cowork_turns t WHERE NOT EXISTS
        (SELECT 1 FROM cowork_void_turns v WHERE v.task_id = t.task_id AND v.turn = t.turn);

-- The call whose result a message was. Where its turn is taken back, the message is there again.
ALTER TABLE agent_messages ADD COLUMN read_by TEXT;
CREATE INDEX idx_agent_messages_read_by ON agent_messages(task_id, read_by) WHERE read_by IS NOT NULL;

-- A call is intended until it is final: how often it ran, nobody asks.
UPDATE cowork_tool_calls SET status = 'intended' WHERE status = 'running';
ALTER TABLE cowork_tool_calls DROP COLUMN runs;

-- How often a person had gone back when the context was made shorter. A turn that is taken back later takes along what
-- stands for it.
ALTER TABLE cowork_compactions ADD COLUMN rewinds INTEGER NOT NULL DEFAULT 0;
UPDATE cowork_compactions SET rewinds = (SELECT COUNT(*) FROM cowork_rewinds r JOIN sub_agents a ON a.task_id = r.task_id
    WHERE a.id = cowork_compactions.agent_id AND r.created_at < cowork_compactions.created_at);
