-- Requests of calls that change something on other hosts, so that a call which runs again sends none of them twice.
CREATE TABLE cowork_http_ledger (
    call_id TEXT NOT NULL REFERENCES cowork_tool_calls(id),
    number INTEGER NOT NULL,                      -- place among the writing requests of the call, from 0
    status TEXT NOT NULL,                         -- asked intended sent confirmed; sent and not confirmed is unknown
    request_json JSONB NOT NULL,                  -- method, URL, hash, the beginning of the body
    clock_json JSONB NOT NULL,                    -- what the call had read from the clock before it
    answer_json JSONB,                            -- status and headers
    answer_body BLOB,
    PRIMARY KEY (call_id, number)
) WITHOUT ROWID;

-- Agents that have read what came from other hosts: their context may hold the words of strangers.
CREATE INDEX idx_cowork_tool_calls_tainting ON cowork_tool_calls(agent_id)
    WHERE json_extract(usage_json, '$.received') > 0;
