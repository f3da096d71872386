//! What is sent.

use crate::support::{FORMATS, model, plan_request, request, server};
use cowork_model_server::{RecordedRequest, Reply, WireFormat};
use cowork_models::{Model, Request};

async fn sent(format: WireFormat, request: Request) -> RecordedRequest {
    let server = server([Reply::text("ok")]).await;
    model(&server, format).answer(request).await.expect("answer");
    server.requests().remove(0)
}

#[tokio::test]
async fn bodies_are_as_the_formats_have_them() {
    for format in FORMATS {
        let name = format!("{format:?}").to_lowercase();
        insta::assert_json_snapshot!(format!("{name}_agent"), sent(format, request()).await.body);
        insta::assert_json_snapshot!(format!("{name}_plan"), sent(format, plan_request()).await.body);
    }
}

#[tokio::test]
async fn the_key_goes_where_the_format_wants_it() {
    let openai = sent(WireFormat::OpenAi, request()).await;
    assert_eq!(openai.headers["authorization"], "Bearer key-1");
    let anthropic = sent(WireFormat::Anthropic, request()).await;
    assert_eq!(anthropic.headers["x-api-key"], "key-1");
    assert_eq!(anthropic.headers["anthropic-version"], "2023-06-01");
}

#[tokio::test]
async fn the_far_end_can_read_the_context_back() {
    for format in FORMATS {
        let read = sent(format, request()).await.request().expect("a purpose");
        assert_eq!((read.label, read.system), (request().label, request().system), "{format:?}");
        assert_eq!(read.messages, request().messages, "{format:?}");
    }
}
