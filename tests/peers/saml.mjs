// A SAML service provider from npm (node-saml) as second opinion on our BundID stand-in.
// Speaks lines of JSON: first its own metadata; then for each order a request to send, or its judgement of an answer.
import * as readline from 'node:readline/promises'
import { SAML } from '@node-saml/node-saml'

const { entityId, callbackUrl, keys, identityProvider, attributes } = JSON.parse(process.argv[2])

const AKDB = 'https://www.akdb.de/request/2018/09'
const extension = {
  'akdb:AuthenticationRequest': {
    '@xmlns:akdb': AKDB,
    '@Version': '2',
    '@EnableStatusDetail': 'true',
    'akdb:AuthnMethods': { 'akdb:eID': { 'akdb:Enabled': { '#text': 'true' } } },
    'akdb:RequestedAttributes': {
      'akdb:RequestedAttribute': attributes.map((name) => ({ '@Name': name })),
    },
    'akdb:DisplayInformation': {
      'ui:Version': {
        '@xmlns:ui': `${AKDB}/classic-ui/v1`,
        'ui:OrganizationDisplayName': { '#text': 'Musterstadt: Urkunden' },
        'ui:Lang': { '#text': 'de' },
        'ui:OnlineServiceId': { '#text': 'BMI-A0000' },
      },
    },
  },
}

// Every answer is judged afresh: what has been asked stays asked, so that several answers to one request can be tried.
const asked = new Map()
const cacheProvider = {
  saveAsync: async (key, value) => void asked.set(key, value),
  getAsync: async (key) => asked.get(key) ?? null,
  removeAsync: async () => null,
}

const common = {
  issuer: entityId,
  audience: entityId,
  callbackUrl,
  entryPoint: identityProvider.url,
  idpCert: identityProvider.certificate,
  decryptionPvk: keys.encryption,
  identifierFormat: 'urn:oasis:names:tc:SAML:2.0:nameid-format:transient',
  authnContext: ['STORK-QAA-Level-4'],
  racComparison: 'minimum',
  forceAuthn: true,
  skipRequestCompression: true,
  wantAuthnResponseSigned: true,
  wantAssertionsSigned: true,
  validateInResponseTo: 'always',
  samlAuthnRequestExtensions: extension,
  cacheProvider,
}
const signing = { privateKey: keys.signing, signatureAlgorithm: 'sha256', digestAlgorithm: 'sha256' }
const signed = new SAML({ ...common, ...signing })
const bare = new SAML(common)
const byAddress = { entryPoint: identityProvider.redirectUrl, skipRequestCompression: false }
const redirecting = new SAML({ ...common, ...signing, ...byAddress })

const orders = {
  request: () => signed.getAuthorizeMessageAsync('opaque'),
  redirect: async () => ({ url: await redirecting.getAuthorizeUrlAsync('opaque', undefined, {}) }),
  unsigned: () => bare.getAuthorizeMessageAsync('opaque'),
  answer: async (order) => {
    try {
      const { profile } = await signed.validatePostResponseAsync({ SAMLResponse: order.SAMLResponse })
      return { profile }
    } catch (error) {
      return { refused: error.message }
    }
  },
}

const say = (value) => console.log(JSON.stringify(value))
say({ metadata: signed.generateServiceProviderMetadata(keys.encryptionCertificate, keys.signingCertificate) })
const lines = readline.createInterface({ input: process.stdin })
for await (const line of lines) {
  const order = JSON.parse(line)
  say(await orders[order.do](order))
}
