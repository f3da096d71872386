-- What a run of a call sent, where a later run of the same call sent something else under the same number.
CREATE TABLE cowork_http_ledger_diverged (
    call_id TEXT NOT NULL,
    number INTEGER NOT NULL,
    status TEXT NOT NULL,
    request_json TEXT NOT NULL,
    answer_json TEXT,
    answer_body BLOB
);
CREATE INDEX cowork_http_ledger_diverged_call ON cowork_http_ledger_diverged (call_id, number);
