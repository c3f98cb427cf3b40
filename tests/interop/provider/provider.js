// An OpenID Connect provider of another make, at a free port of 127.0.0.1: prints its issuer URL, and ends with its stdin.
// Whoever signs in has the login as e-mail, which is verified unless the login begins with "new.".
import { createServer } from "node:http";
import Provider from "oidc-provider";

const device = "urn:ietf:params:oauth:grant-type:device_code";
const client = { grant_types: [device], redirect_uris: [], response_types: [] };

const configuration = {
  clients: [
    { ...client, client_id: "orchestrator", client_secret: "not so secret: a test", scope: "openid profile email" },
    { ...client, client_id: "phone app", token_endpoint_auth_method: "none", scope: "openid profile email" },
  ],
  claims: { openid: ["sub"], profile: ["name", "updated_at"], email: ["email", "email_verified"] },
  features: { deviceFlow: { enabled: true } },
  findAccount: (context, id) => ({
    accountId: id,
    claims: () => ({ sub: `person ${id}`, name: "Grace Hopper", email: id, email_verified: !id.startsWith("new.") }),
  }),
};

const server = createServer();
server.listen(0, "127.0.0.1", () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  server.on("request", new Provider(issuer, configuration).callback());
  console.log(issuer);
});
process.stdin.on("end", () => process.exit()).resume();
