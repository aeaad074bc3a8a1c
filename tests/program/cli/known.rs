//! What is known before the first write: what the files contradict themselves in, and what the server holds already.

use serde_json::json;

use super::support::*;

#[test]
fn a_key_of_another_certificate_is_refused_offline() {
    let home = Home::new(
        "certificates: {web: {certificate_data: !file web.pem, key_data: !file other.pem}}\n",
    );
    let [web, other] = [(); 2]
        .map(|()| rcgen::generate_simple_self_signed(vec!["a.example.org".to_owned()]).unwrap());
    home.write("state/web.pem", web.cert.pem());
    home.write("state/other.pem", other.signing_key.serialize_pem());
    home.akrec("validate")
        .run()
        .expect(3)
        .says(&["error[AKR0144]", "main.yaml:1"]);
    home.write("state/other.pem", web.signing_key.serialize_pem());
    home.akrec("validate").run().expect(0);
}

#[test]
fn a_second_default_brand_is_refused_by_the_plan() {
    let home = Home::new("brands: {b.example.org: {default: true}}\n");
    let advice = "declare brand \"authentik-default\" too, and unset it there";
    home.akrec("plan --sandbox").run().expect(3).says(&[
        "error[AKR0230]",
        "main.yaml:1:26",
        advice,
    ]);
    // The advice, followed to the letter.
    home.write(
        "state/main.yaml",
        "brands:\n  b.example.org: {default: true, flow_authentication: default-authentication-flow}\n  \
                  authentik-default: {default: false}\n",
    );
    home.akrec("apply --sandbox --auto-approve").run().expect(0);
}

#[test]
fn an_end_that_is_too_far_away_is_refused_by_the_plan() {
    let token = "tokens: {t: {user: u, intent: app_password, expires: 2099-01-01}}\n";
    let home = Home::new(&format!(
        "settings: {{default_token_duration: days=1}}\nusers: {{u: {{name: U}}}}\n{token}"
    ));
    home.akrec("plan --sandbox")
        .run()
        .expect(3)
        .says(&["error[AKR0502]", "main.yaml:3", "days=1"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_order_that_another_binding_has_is_refused_by_the_plan() {
    let server = server().await;
    let state = |order: u8| {
        format!(
            "groups: {{g: {{}}, h: {{}}}}\napplications: {{a: {{name: A, bindings: {{include: [{{group: h, order: \
             {order}}}]}}}}}}\n"
        )
    };
    let home = Home::new(&state(1));
    home.against(&server.url(), "apply --auto-approve")
        .run()
        .expect(0);
    let world = server.world_json();
    let pk = |path: &str, name: &str| {
        let all = world[path].as_array().unwrap();
        all.iter().find(|it| it["name"] == name).unwrap()["pk"].clone()
    };
    let by_hand = json!({"target": pk("/core/applications/", "A"), "group": pk("/core/groups/", "g"), "order": 0});
    assert_eq!(server.poke("POST", "/policies/bindings/", by_hand).0, 201);
    home.write("state/main.yaml", state(0));
    home.against(&server.url(), "plan")
        .run()
        .expect(3)
        .says(&["error[AKR0231]", "order"]);
}
