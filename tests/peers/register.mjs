// The strict client from npm once more, as an application that registers itself and signs and checks every message:
// request object (RFC 9101), pushed (RFC 9126), answer as a JWT (JARM), ID token by RS256, userinfo as a JWT.
// Speaks lines of JSON as login.mjs does.
import * as readline from 'node:readline/promises'
import * as client from 'openid-client'

const { issuer, token, redirectUri, acr, metadata } = JSON.parse(process.argv[2])
const pair = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify'])
const jwk = { ...(await crypto.subtle.exportKey('jwk', pair.publicKey)), kid: 'own', alg: 'ES256', use: 'sig' }
const key = { key: pair.privateKey, kid: 'own' }
const config = await client.dynamicClientRegistration(
  new URL(issuer),
  { ...metadata, redirect_uris: [redirectUri], jwks: { keys: [jwk] }, token_endpoint_auth_method: 'private_key_jwt' },
  client.PrivateKeyJwt(key),
  { initialAccessToken: token, execute: [client.allowInsecureRequests, client.enableNonRepudiationChecks, client.useJwtResponseMode] },
)

const pkceCodeVerifier = client.randomPKCECodeVerifier()
const expectedState = client.randomState()
const expectedNonce = client.randomNonce()
const asked = {
  redirect_uri: redirectUri,
  scope: 'openid profile',
  state: expectedState,
  nonce: expectedNonce,
  acr_values: acr,
  code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
  code_challenge_method: 'S256',
}
const signed = await client.buildAuthorizationUrlWithJAR(config, asked, key)
const url = await client.buildAuthorizationUrlWithPAR(config, signed.searchParams)
console.log(JSON.stringify({ url: url.href, object: signed.searchParams.has('request') }))

const lines = readline.createInterface({ input: process.stdin })
for await (const line of lines) {
  const tokens = await client.authorizationCodeGrant(config, new URL(line), { pkceCodeVerifier, expectedState, expectedNonce })
  const claims = tokens.claims()
  const userinfo = await client.fetchUserInfo(config, tokens.access_token, claims.sub)
  const header = JSON.parse(Buffer.from(tokens.id_token.split('.')[0], 'base64url'))
  console.log(JSON.stringify({ registered: config.clientMetadata(), claims, userinfo, alg: header.alg }))
  break
}
lines.close()
process.exit(0)
