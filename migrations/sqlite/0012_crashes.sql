-- Calls that were at work when a host ended without a word, and how often. One that is final by now has none.
CREATE TABLE cowork_crashes (
    call_id TEXT PRIMARY KEY REFERENCES cowork_tool_calls(id),
    times INTEGER NOT NULL
);

-- Which tasks a host goes on with first: more before less, and of the same the one that has waited longest.
ALTER TABLE cowork_tasks ADD COLUMN priority INTEGER NOT NULL DEFAULT 0;
