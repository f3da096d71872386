-- Requests to models: written down before they leave, so that none is forgotten, with what came of them.
CREATE TABLE cowork_model_requests (
    id TEXT PRIMARY KEY,
    task_id TEXT NOT NULL REFERENCES cowork_tasks(id),
    agent_id TEXT REFERENCES sub_agents(id),      -- null where no agent asks: the planner
    purpose TEXT NOT NULL,                        -- what it was for, as prompts state it
    status TEXT NOT NULL DEFAULT 'sent',          -- sent answered failed unknown unsent
    turn INTEGER,                                 -- of the task, where the answer is one
    model TEXT,                                   -- the model that answered
    input_tokens INTEGER NOT NULL DEFAULT 0,
    cached_input_tokens INTEGER NOT NULL DEFAULT 0,
    cache_write_tokens INTEGER NOT NULL DEFAULT 0,
    output_tokens INTEGER NOT NULL DEFAULT 0,
    cost_nano INTEGER,                            -- billionths of a US dollar; null where the price is not known
    unaccounted INTEGER NOT NULL DEFAULT 0,       -- attempts before it that may have cost something
    sent_at TIMESTAMP NOT NULL,
    ended_at TIMESTAMP
) WITHOUT ROWID;

CREATE INDEX idx_cowork_model_requests_task ON cowork_model_requests(task_id);
-- Those that are under way, or were when the host ended.
CREATE INDEX idx_cowork_model_requests_sent ON cowork_model_requests(task_id, agent_id) WHERE status = 'sent';

-- Sums over the requests of a task, so that a turn need not add up those before it.
ALTER TABLE cowork_tasks ADD COLUMN cached_input_tokens INTEGER NOT NULL DEFAULT 0;
ALTER TABLE cowork_tasks ADD COLUMN cost_nano INTEGER NOT NULL DEFAULT 0;
ALTER TABLE cowork_tasks ADD COLUMN unpriced_requests INTEGER NOT NULL DEFAULT 0; -- answered, at a price that is not known
ALTER TABLE cowork_tasks ADD COLUMN unknown_requests INTEGER NOT NULL DEFAULT 0;  -- may have cost something, nobody told
ALTER TABLE cowork_tasks ADD COLUMN work_millis INTEGER NOT NULL DEFAULT 0;       -- time at work, without waiting for people
ALTER TABLE cowork_tasks ADD COLUMN budget_json JSONB;                            -- what a person set; null: the host's default

-- The same for each agent.
ALTER TABLE sub_agents ADD COLUMN tokens INTEGER NOT NULL DEFAULT 0;
ALTER TABLE sub_agents ADD COLUMN cost_nano INTEGER NOT NULL DEFAULT 0;
ALTER TABLE sub_agents ADD COLUMN work_millis INTEGER NOT NULL DEFAULT 0;

-- What the host told the agent after the turn, beside the results: that it repeats itself.
ALTER TABLE task_checkpoints ADD COLUMN notice TEXT;
