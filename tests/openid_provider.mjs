// An OpenID provider for the tests. The settings are one JSON document on standard input:
// port, clientId, clientSecret, redirectUri, people (by name: their claims), keys (ids), userinfoOnly.
// POST /people replaces people.
import { createServer } from "node:http";
import { readFileSync } from "node:fs";
import { generateKeyPairSync } from "node:crypto";
import Provider from "oidc-provider";

const settings = JSON.parse(readFileSync(0, "utf8"));
const issuer = `http://127.0.0.1:${settings.port}`;

const provider = new Provider(issuer, {
  clients: [{
    client_id: settings.clientId,
    client_secret: settings.clientSecret,
    redirect_uris: [settings.redirectUri],
    token_endpoint_auth_method: "client_secret_post",
  }],
  jwks: { keys: settings.keys.map((kid) => ({
    ...generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export({ format: "jwk" }), kid, use: "sig",
  })) },
  claims: {
    openid: ["sub", "groups", "_claim_names", "auth_time"],
    email: ["email", "email_verified", "xms_edov"],
    profile: ["name"],
  },
  conformIdTokenClaims: settings.userinfoOnly, // else all claims are in the ID token, as at Keycloak and Entra ID
  pkce: { required: () => true },
  cookies: { keys: ["test"] },
  features: { devInteractions: { enabled: false } },
  interactions: { url: (_context, interaction) => `/interaction/${interaction.uid}` },
  findAccount: (_context, id) => ({ accountId: id, claims: () => ({ sub: id, ...settings.people[id] }) }),
  async loadExistingGrant(context) { // nobody is asked for consent
    const grant = new context.oidc.provider.Grant({
      clientId: context.oidc.client.clientId, accountId: context.oidc.session.accountId,
    });
    grant.addOIDCScope("openid profile email");
    await grant.save();
    return grant;
  },
});

async function read(request) {
  let body = "";
  for await (const part of request) body += part;
  return body;
}

async function log_in(request, response) {
  if (request.method === "GET") {
    response.setHeader("Content-Type", "text/html; charset=utf-8");
    response.end('<!doctype html><title>Provider</title><form method="post"><input name="who"><button>Log in</button></form>');
    return;
  }
  const who = new URLSearchParams(await read(request)).get("who");
  const result = who === "cancel" ? { error: "access_denied" } : { login: { accountId: who } };
  await provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false });
}

const handle = provider.callback();
createServer(async (request, response) => {
  if (request.url === "/people") {
    settings.people = JSON.parse(await read(request));
    response.end();
  } else if (request.url.startsWith("/interaction/")) log_in(request, response).catch((error) => response.end(String(error)));
  else handle(request, response);
}).listen(settings.port, "127.0.0.1", () => console.log("ready"));
