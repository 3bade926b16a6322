// An OpenID Provider from npm (oidc-provider, certified) as the account behind our gate.
// Takes its order as JSON, says where it is in one line of JSON, and ends when its standard input does.
import * as crypto from 'node:crypto'
import * as http from 'node:http'
import { text } from 'node:stream/consumers'
import Provider from 'oidc-provider'

const { port, client, persons, algorithm, par, takesClaims, acrValues } = JSON.parse(process.argv[2])
const LONGEST_LIFE = 300_000 // ms; nobody needs it longer, and no test run leaves it behind

const KINDS = {
  ES256: ['ec', { namedCurve: 'P-256' }],
  EdDSA: ['ed25519', {}],
  Ed25519: ['ed25519', {}],
  PS256: ['rsa', { modulusLength: 2048 }],
  RS256: ['rsa', { modulusLength: 2048 }],
}
const [kind, options] = KINDS[algorithm]
const key = crypto.generateKeyPairSync(kind, options).privateKey.export({ format: 'jwk' })
const signingKey = { ...key, kid: crypto.randomUUID(), use: 'sig', alg: algorithm }
const proved = ['given_name', 'family_name', 'birthdate', 'place_of_birth', 'nationalities', 'address']

const describe = () => ({
  clients: [{ ...client, id_token_signed_response_alg: algorithm, subject_type: 'pairwise' }],
  jwks: { keys: [signingKey] },
  acrValues,
  subjectTypes: ['public', 'pairwise'],
  pairwiseIdentifier: (_ctx, accountId, { clientId }) =>
    crypto.createHash('sha256').update(`${accountId} ${clientId}`).digest('base64url'),
  findAccount: (_ctx, accountId) => ({ accountId, claims: () => ({ sub: accountId, ...persons[accountId] }) }),
  claims: {
    openid: ['sub'],
    profile: ['given_name', 'family_name', 'birthdate'],
    email: ['email', 'email_verified'],
    address: ['address'],
    place_of_birth: null,
    nationalities: null,
    verified_claims: null,
    acr: null,
    auth_time: null,
  },
  discovery: takesClaims
    ? { verified_claims_supported: true, trust_frameworks_supported: ['eidas'], claims_in_verified_claims_supported: proved }
    : {},
  // The person agrees to everything by logging in: consent is not what is tested here.
  loadExistingGrant: async ({ oidc }) => {
    const grant = new oidc.provider.Grant({ clientId: oidc.client.clientId, accountId: oidc.session.accountId })
    grant.addOIDCScope('openid profile email address')
    grant.addOIDCClaims([...proved, 'email', 'verified_claims'])
    await grant.save()
    return grant
  },
  features: {
    devInteractions: { enabled: false },
    claimsParameter: { enabled: takesClaims },
    jwtUserinfo: { enabled: true },
    pushedAuthorizationRequests: { enabled: par !== 'off', requirePushedAuthorizationRequests: par === 'required' },
  },
  interactions: { url: (_ctx, { uid }) => `/visit/${uid}` },
  ttl: { Grant: 60, Session: 60, Interaction: 60, IdToken: 60, AccessToken: 60 },
})

const escaped = (value) => JSON.stringify(value).replaceAll('&', '&amp;').replaceAll('<', '&lt;')

// The login page: shows what was asked, and takes who logs in and how.
const visit = async (provider, request, response) => {
  const { params, prompt } = await provider.interactionDetails(request, response)
  if (request.method === 'GET') {
    response.setHeader('Content-Type', 'text/html; charset=utf-8')
    response.end(`<pre>${escaped({ params, prompt: prompt.name })}</pre>
      <form method="post"><input name="person"><input name="acr"><input name="error"></form>`)
    return
  }
  const { person, acr, error } = Object.fromEntries(new URLSearchParams(await text(request)))
  const result = error ? { error } : { login: { accountId: person, acr: acr || undefined } }
  await provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false })
}

const server = http.createServer()
server.listen(port, '127.0.0.1', () => {
  const issuer = `http://127.0.0.1:${server.address().port}`
  const provider = new Provider(issuer, describe())
  const answer = provider.callback()
  server.on('request', (request, response) =>
    request.url.startsWith('/visit/') ? visit(provider, request, response) : answer(request, response))
  console.log(JSON.stringify({ issuer }))
})
setTimeout(() => process.exit(1), LONGEST_LIFE).unref()
process.stdin.on('end', () => process.exit(0)).resume()
