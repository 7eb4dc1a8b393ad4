// Clients that others wrote go the way of SMART Backend Services: discovery,
// token, read, revoke, refused. Which client is the first argument; where the
// server is, and who the client is, comes as JSON on standard input.
import assert from 'node:assert/strict'
import { randomBytes, createPrivateKey } from 'node:crypto'
import { readFileSync } from 'node:fs'
import jwt from 'jsonwebtoken'
import * as oauth from 'oauth4webapi'
import * as openid from 'openid-client'

const given = JSON.parse(readFileSync(0, 'utf8'))
const scope = 'system/Patient.rs system/Observation.rs'
const patient = given.fhir + '/Patient/sam'

// keyOf makes a Web Crypto key of a JWK.
async function keyOf(jwk) {
  const algorithm = jwk.kty === 'RSA' ? { name: 'RSA-PSS', hash: 'SHA-256' } : { name: 'ECDSA', namedCurve: jwk.crv }
  const { kid, alg, use, ...bare } = jwk
  return { kid, key: await crypto.subtle.importKey('jwk', bare, algorithm, false, ['sign']) }
}

async function refused(answer) {
  assert.equal(answer.status, 401)
  assert.match(answer.headers.get('www-authenticate'), /invalid_token/)
  assert.ok(!(await answer.text()).includes('Secret'))
}

async function smartConfiguration() {
  const answer = await fetch(given.fhir + '/.well-known/smart-configuration', { headers: { Accept: 'application/json' } })
  assert.equal(answer.status, 200)
  const config = await answer.json()
  assert.ok(config.capabilities.includes('client-confidential-asymmetric'))
  return config
}

// oauth4webapi: the whole way by hand, with and without DPoP.
async function byOauth4webapi(client, dpop) {
  const insecure = { [oauth.allowInsecureRequests]: true } // on loopback
  const issuer = new URL(given.issuer)
  const as = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, { algorithm: 'oauth2', ...insecure }))
  assert.equal((await smartConfiguration()).token_endpoint, as.token_endpoint)
  const me = { client_id: client.id }
  const auth = oauth.PrivateKeyJwt(await keyOf(client.key))
  const options = { ...insecure }
  if (dpop) options.DPoP = oauth.DPoP(me, await oauth.generateKeyPair('ES256'))
  const token = await oauth.processClientCredentialsResponse(as, me, await oauth.clientCredentialsGrantRequest(as, me, auth, { scope }, options))
  assert.equal(token.token_type, dpop ? 'dpop' : 'bearer')
  assert.equal(token.scope, scope)
  assert.equal(token.expires_in, 300)
  const read = () => oauth.protectedResourceRequest(token.access_token, 'GET', new URL(patient), undefined, undefined, options)
  const body = await (await read()).json()
  assert.equal(body.id, 'sam')
  const told = await oauth.processIntrospectionResponse(as, me, await oauth.introspectionRequest(as, me, auth, token.access_token, insecure))
  assert.deepEqual([told.active, told.client_id, told.scope], [true, client.id, scope])
  await oauth.processRevocationResponse(await oauth.revocationRequest(as, me, auth, token.access_token, insecure))
  const gone = await oauth.processIntrospectionResponse(as, me, await oauth.introspectionRequest(as, me, auth, token.access_token, insecure))
  assert.deepEqual(gone, { active: false })
  await assert.rejects(read(), (e) => e instanceof oauth.WWWAuthenticateChallengeError && e.status === 401 && e.cause[0].parameters.error === 'invalid_token')
  // And what is not allowed is refused in the words of the protocol.
  const denied = await oauth.clientCredentialsGrantRequest(as, me, auth, { scope: 'system/*.cruds' }, options)
  await assert.rejects(oauth.processClientCredentialsResponse(as, me, denied), (e) => e.error === 'invalid_scope')
}

// openid-client: what most programs would use, with and without DPoP.
async function byOpenidClient(client, dpop) {
  const config = await openid.discovery(new URL(given.issuer), client.id, {}, openid.PrivateKeyJwt(await keyOf(client.key)), { execute: [openid.allowInsecureRequests] })
  const options = dpop ? { DPoP: openid.getDPoPHandle(config, await openid.randomDPoPKeyPair('ES256')) } : {}
  const token = await openid.clientCredentialsGrant(config, { scope }, options)
  assert.equal(token.scope, scope)
  const read = () => openid.fetchProtectedResource(config, token.access_token, new URL(patient), 'GET', null, new Headers(), options)
  assert.equal((await (await read()).json()).id, 'sam')
  assert.equal((await openid.tokenIntrospection(config, token.access_token)).active, true)
  await openid.tokenRevocation(config, token.access_token)
  assert.deepEqual(await openid.tokenIntrospection(config, token.access_token), { active: false })
  await assert.rejects(read(), (e) => e.status === 401)
  await assert.rejects(openid.clientCredentialsGrant(config, { scope: 'system/*.cruds' }, options), (e) => e.error === 'invalid_scope')
}

// The way of SMART's bulk data client: an assertion by jsonwebtoken for the
// token endpoint that SMART's discovery names, then an export of all patients.
async function byBulkClient(client) {
  const tokenURL = (await smartConfiguration()).token_endpoint
  const { kid, ...bare } = client.key
  const ask = async () => {
    const claims = { iss: client.id, sub: client.id, aud: tokenURL, exp: Math.round(Date.now() / 1000) + 300, jti: randomBytes(10).toString('hex') }
    const assertion = jwt.sign(claims, createPrivateKey({ key: bare, format: 'jwk' }), { algorithm: 'ES384', keyid: kid })
    return [assertion, await fetch(tokenURL, {
      method: 'POST',
      body: new URLSearchParams({ scope, grant_type: 'client_credentials', client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer', client_assertion: assertion }),
    })]
  }
  const [assertion, answer] = await ask()
  assert.equal(answer.status, 200)
  const { access_token: token } = await answer.json()
  const replay = await fetch(tokenURL, {
    method: 'POST',
    body: new URLSearchParams({ scope, grant_type: 'client_credentials', client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer', client_assertion: assertion }),
  })
  assert.equal((await replay.json()).error, 'invalid_client')
  const headers = { Authorization: 'Bearer ' + token, Accept: 'application/fhir+json', Prefer: 'respond-async' }
  const start = await fetch(given.fhir + '/Patient/$export?_type=Patient,Observation', { headers })
  assert.equal(start.status, 202)
  const status = start.headers.get('content-location')
  let told
  do told = await fetch(status, { headers: { Authorization: 'Bearer ' + token, Accept: 'application/json' } })
  while (told.status === 202)
  assert.equal(told.status, 200)
  const manifest = await told.json()
  assert.equal(manifest.requiresAccessToken, true)
  assert.deepEqual(manifest.output.map((f) => f.type).sort(), ['Observation', 'Patient'])
  for (const file of manifest.output) {
    const download = await fetch(file.url, { headers: { Authorization: 'Bearer ' + token } })
    assert.equal(download.status, 200)
    const lines = (await download.text()).trim().split('\n').map((l) => JSON.parse(l))
    assert.equal(lines[0].resourceType, file.type)
    assert.equal((await fetch(file.url)).status, 401)
  }
  const tooMuch = await fetch(given.fhir + '/Patient/$export?_type=Condition', { headers })
  assert.equal(tooMuch.status, 403)
  const proof = jwt.sign({ iss: client.id, sub: client.id, aud: tokenURL, exp: Math.round(Date.now() / 1000) + 300, jti: randomBytes(10).toString('hex') },
    createPrivateKey({ key: bare, format: 'jwk' }), { algorithm: 'ES384', keyid: kid })
  const revoked = await fetch((await smartConfiguration()).revocation_endpoint, {
    method: 'POST',
    body: new URLSearchParams({ token, client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer', client_assertion: proof }),
  })
  assert.equal(revoked.status, 200)
  await refused(await fetch(patient, { headers }))
  await refused(await fetch(manifest.output[0].url, { headers }))
}

const ways = {
  'oauth4webapi': () => byOauth4webapi(given.smart, false),
  'oauth4webapi with DPoP': () => byOauth4webapi(given.smart, true),
  'oauth4webapi fapi2': () => byOauth4webapi(given.fapi2, true),
  'openid-client': () => byOpenidClient(given.smart, false),
  'openid-client fapi2': () => byOpenidClient(given.fapi2, true),
  'bulk client': () => byBulkClient(given.smart),
}
await ways[process.argv[2]]()
console.log('done')
