//! Whether a provider refuses because the context is too long for its model. There is no common code for it.

use serde_json::Value;

/// Codes and types of the error: OpenAI and those that follow it; llama.cpp.
const CODES: [&str; 2] = ["context_length_exceeded", "exceed_context_size_error"];

/// What the message says where no code does, in lower case.
const PHRASES: [&str; 10] = [
    // OpenAI, vLLM, OpenRouter, DeepSeek
    "maximum context length",
    // OpenAI's newer API
    "exceeds the context window",
    // Anthropic
    "prompt is too long",
    "exceed context limit",
    // llama.cpp
    "exceeds the available context size",
    "context size has been exceeded",
    // Bedrock, Groq, Gemini, Mistral behind compatible servers
    "input is too long",
    "reduce the length of the messages",
    "input token count",
    "too large for model with",
];

/// Whether a status with this body says so.
pub(super) fn is_overflow(status: u16, body: &Value, message: &str) -> bool {
    let code = ["/error/code", "/error/type", "/code", "/type"];
    let coded = code.iter().any(|path| body.pointer(path).and_then(Value::as_str).is_some_and(says_overflow));
    // llama.cpp was known to say it with 500.
    coded || (matches!(status, 400 | 413 | 422 | 500) && says_overflow(message))
}

/// Whether an error's code or its words say so.
pub(crate) fn says_overflow(text: &str) -> bool {
    let text = text.to_lowercase();
    CODES.contains(&text.as_str()) || PHRASES.iter().any(|phrase| text.contains(phrase))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_dialect_is_known() {
        for body in [
            json!({"error": {"code": "context_length_exceeded", "type": "invalid_request_error", "message": "no"}}),
            json!({"error": {"code": 400, "type": "exceed_context_size_error", "message": "no", "n_ctx": 4096}}),
            json!({"error": {"message": "This model's maximum context length is 8192 tokens."}}),
            json!({"type": "error", "error": {
                "type": "invalid_request_error", "message": "prompt is too long: 211030 tokens > 200000 maximum",
            }}),
            json!({"type": "error", "error": {
                "type": "invalid_request_error",
                "message": "input length and `max_tokens` exceed context limit: 190000 + 20000 > 200000",
            }}),
        ] {
            let message = body["error"]["message"].as_str().expect("a message");
            assert!(is_overflow(400, &body, message), "{body}");
        }
    }

    #[test]
    fn other_refusals_are_not() {
        for message in ["max_tokens is too large: 99999", "Invalid schema for function", "prompt is missing"]
        {
            assert!(!is_overflow(400, &json!({"error": {"message": message}}), message), "{message}");
        }
        assert!(!is_overflow(401, &Value::Null, "prompt is too long"), "another status has another reason");
    }
}
