// Clients that others wrote go the way of an app that asks a person: discovery,
// the authorization endpoint, a code, tokens, a read, a refresh, userinfo. Which
// client is the first argument; where the server is, and who the client is,
// comes as a line of JSON on standard input. The address that the person is sent
// to goes out as a line, and the one that they come back to comes in as a line.
import assert from 'node:assert/strict'
import { createInterface } from 'node:readline'
import * as oauth from 'oauth4webapi'
import * as openid from 'openid-client'

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]()
const line = async () => (await lines.next()).value
const given = JSON.parse(await line())
const say = (text) => process.stdout.write(text + '\n')
const insecure = { [oauth.allowInsecureRequests]: true } // on loopback

async function keyOf(jwk) {
  const { kid, alg, use, ...bare } = jwk
  return { kid, key: await crypto.subtle.importKey('jwk', bare, { name: 'ECDSA', namedCurve: jwk.crv }, false, ['sign']) }
}

async function reads(fetched) {
  const body = await (await fetched).json()
  assert.equal(body.id, given.patient)
}

// oauth4webapi: step by step, pushed where the profile wants it, with DPoP there.
async function byOauth4webapi(client) {
  const strict = client.profile === 'fapi2'
  const issuer = new URL(given.issuer)
  const as = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, { algorithm: 'oidc', ...insecure }))
  const me = { client_id: client.id }
  if (strict) me.id_token_signed_response_alg = 'ES256'
  const auth = client.key ? oauth.PrivateKeyJwt(await keyOf(client.key)) : client.secret ? oauth.ClientSecretBasic(client.secret) : oauth.None()
  const options = { ...insecure }
  if (strict) options.DPoP = oauth.DPoP(me, await oauth.generateKeyPair('ES256'))
  const verifier = oauth.generateRandomCodeVerifier()
  const state = oauth.generateRandomState()
  const nonce = oauth.generateRandomNonce()
  const parameters = {
    client_id: client.id, response_type: 'code', redirect_uri: client.redirect, scope: client.scope, state, nonce, aud: given.fhir,
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier), code_challenge_method: 'S256', prompt: 'consent',
  }
  const to = new URL(as.authorization_endpoint)
  if (strict) {
    const pushed = await oauth.processPushedAuthorizationResponse(as, me, await oauth.pushedAuthorizationRequest(as, me, auth, parameters, options))
    to.search = new URLSearchParams({ client_id: client.id, request_uri: pushed.request_uri })
  } else {
    to.search = new URLSearchParams(parameters)
  }
  say(to.href)
  const back = new URL(await line())
  const code = oauth.validateAuthResponse(as, me, back, state)
  const got = await oauth.processAuthorizationCodeResponse(as, me, await oauth.authorizationCodeGrantRequest(as, me, auth, code, client.redirect, verifier, options), { expectedNonce: nonce, requireIdToken: true })
  assert.equal(got.token_type, strict ? 'dpop' : 'bearer')
  assert.equal(got.patient, given.patient)
  const claims = oauth.getValidatedIdTokenClaims(got)
  assert.equal(claims.fhirUser, given.fhir + '/Patient/' + given.patient)
  await reads(oauth.protectedResourceRequest(got.access_token, 'GET', new URL(given.fhir + '/Patient/' + given.patient), undefined, undefined, options))
  const info = await oauth.processUserInfoResponse(as, me, claims.sub, await oauth.userInfoRequest(as, me, got.access_token, options))
  assert.equal(info.fhirUser, claims.fhirUser)
  const again = await oauth.processRefreshTokenResponse(as, me, await oauth.refreshTokenGrantRequest(as, me, auth, got.refresh_token, options))
  await reads(oauth.protectedResourceRequest(again.access_token, 'GET', new URL(given.fhir + '/Patient/' + given.patient), undefined, undefined, options))
  await oauth.processRevocationResponse(await oauth.revocationRequest(as, me, auth, again.refresh_token ?? got.refresh_token, insecure))
  await assert.rejects(oauth.protectedResourceRequest(again.access_token, 'GET', new URL(given.fhir + '/Patient/' + given.patient), undefined, undefined, options))
}

// openid-client: the same by its own defaults.
async function byOpenidClient(client) {
  const config = await openid.discovery(new URL(given.issuer), client.id, client.secret ?? {}, client.secret ? openid.ClientSecretPost(client.secret) : openid.None(), { execute: [openid.allowInsecureRequests] })
  const pkceCodeVerifier = openid.randomPKCECodeVerifier()
  const expectedState = openid.randomState()
  const expectedNonce = openid.randomNonce()
  say(openid.buildAuthorizationUrl(config, {
    redirect_uri: client.redirect, scope: client.scope, state: expectedState, nonce: expectedNonce, aud: given.fhir, prompt: 'consent',
    code_challenge: await openid.calculatePKCECodeChallenge(pkceCodeVerifier), code_challenge_method: 'S256',
  }).href)
  const tokens = await openid.authorizationCodeGrant(config, new URL(await line()), { pkceCodeVerifier, expectedState, expectedNonce, idTokenExpected: true })
  assert.equal(tokens.patient, given.patient)
  await reads(openid.fetchProtectedResource(config, tokens.access_token, new URL(given.fhir + '/Patient/' + given.patient), 'GET'))
  const info = await openid.fetchUserInfo(config, tokens.access_token, tokens.claims().sub)
  assert.equal(info.sub, tokens.claims().sub)
  const more = await openid.refreshTokenGrant(config, tokens.refresh_token)
  await reads(openid.fetchProtectedResource(config, more.access_token, new URL(given.fhir + '/Patient/' + given.patient), 'GET'))
  // The one before was replaced: that it comes again ends everything.
  if (!client.secret) {
    await assert.rejects(openid.refreshTokenGrant(config, tokens.refresh_token), (e) => e.error === 'invalid_grant')
    await assert.rejects(openid.refreshTokenGrant(config, more.refresh_token), (e) => e.error === 'invalid_grant')
  }
}

const [library, name] = process.argv[2].split(' ')
const client = given[name]
await (library === 'openid-client' ? byOpenidClient(client) : byOauth4webapi(client))
say('done')
process.exit(0)
