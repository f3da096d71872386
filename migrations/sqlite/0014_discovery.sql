-- Tools that a call has found for its agent, which is shown them from then on: a list of names.
ALTER TABLE cowork_tool_calls ADD COLUMN offers_json JSONB;

CREATE INDEX idx_cowork_tool_calls_offers ON cowork_tool_calls(agent_id) WHERE offers_json IS NOT NULL;
