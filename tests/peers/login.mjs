// A strict OpenID Connect client from npm (openid-client) as second opinion on our gate.
// Speaks lines of JSON: first the address a browser must visit, then, given the address it came back to, what it got.
import * as fs from 'node:fs'
import * as readline from 'node:readline/promises'
import * as client from 'openid-client'

const { issuer, clientId, keyFile, kid, redirectUri, acr, scope, strictly } = JSON.parse(process.argv[2])
const pem = fs.readFileSync(keyFile, 'utf8').replace(/-----[^-]+-----|\s/g, '')
const der = Uint8Array.from(Buffer.from(pem, 'base64'))
const key = await crypto.subtle.importKey('pkcs8', der, { name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign'])
const config = await client.discovery(new URL(issuer), clientId, {}, client.PrivateKeyJwt({ key, kid }), {
  execute: [client.allowInsecureRequests], // the demo speaks plain HTTP on the loopback
})

// Strictly: the request is pushed, and everything is bound to a key of this client (PAR, DPoP).
const bound = strictly ? { DPoP: client.getDPoPHandle(config, await client.randomDPoPKeyPair('ES256')) } : {}

// What a client does after the login: refresh, ask what a token is worth, give it back, log out.
async function stay(first, subject) {
  if (!first.refresh_token) return null
  const second = await client.refreshTokenGrant(config, first.refresh_token, {}, bound)
  const again = await client.fetchUserInfo(config, second.access_token, subject, bound)
  const worth = await client.tokenIntrospection(config, second.access_token)
  await client.tokenRevocation(config, second.refresh_token)
  const dead = await client.tokenIntrospection(config, second.access_token)
  const goodbye = client.buildEndSessionUrl(config, { id_token_hint: second.id_token, post_logout_redirect_uri: new URL('/', redirectUri).href })
  return { rotated: second.refresh_token !== first.refresh_token, again, worth, dead, goodbye: goodbye.href }
}

const pkceCodeVerifier = client.randomPKCECodeVerifier()
const expectedState = client.randomState()
const expectedNonce = client.randomNonce()
const asked = {
  redirect_uri: redirectUri,
  scope,
  state: expectedState,
  nonce: expectedNonce,
  acr_values: acr,
  code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
  code_challenge_method: 'S256',
}
const url = strictly
  ? await client.buildAuthorizationUrlWithPAR(config, asked, bound)
  : client.buildAuthorizationUrl(config, asked)
console.log(JSON.stringify({ url: url.href }))

const lines = readline.createInterface({ input: process.stdin })
for await (const line of lines) {
  const tokens = await client.authorizationCodeGrant(config, new URL(line), { pkceCodeVerifier, expectedState, expectedNonce }, {}, bound)
  const claims = tokens.claims()
  const userinfo = await client.fetchUserInfo(config, tokens.access_token, claims.sub, bound)
  console.log(JSON.stringify({ claims, userinfo, kind: tokens.token_type, after: await stay(tokens, claims.sub) }))
  break
}
lines.close()
process.exit(0)
