-- What calls replaced is not kept for ever.
ALTER TABLE cowork_change_sets ADD COLUMN purged_at TIMESTAMP; -- from then on the call cannot be undone
