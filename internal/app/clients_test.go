package app

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// theirClients installs the clients that others wrote, from the list with
// checksums in testdata/clients, and gives the folder. Without Node, or where
// they can not be had, the test is skipped.
func theirClients(t *testing.T) string {
	t.Helper()
	for _, program := range []string{"node", "npm"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("skipped: %s is not here, and runs the clients that others wrote", program)
		}
	}
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS("testdata/clients")); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithTimeout(t.Context(), 3*time.Minute)
	defer stop()
	install := exec.CommandContext(ctx, "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline")
	install.Dir = dir
	if out, err := install.CombinedOutput(); err != nil {
		if strings.Contains(string(out), "EINTEGRITY") {
			t.Fatalf("what npm fetched is not what the lock file names:\n%s", out)
		}
		t.Skipf("skipped: the clients that others wrote can not be installed, which needs the network: %v\n%s", err, out)
	}
	return dir
}

// TestRealClients has programs that others wrote go the whole way against a
// server of this program, each with the key that it was registered by.
func TestRealClients(t *testing.T) {
	dir := theirClients(t)
	eachPlace(t, func(t *testing.T, p place) {
		operator := bevan(t, p.args("token")...).lastLine()
		var more []string
		if p.DB != "" {
			more = []string{"--db", p.DB}
		}
		fhir, _ := serving(t, p.Data, more...)
		for path, body := range map[string]string{
			"/Patient/sam":   `{"resourceType":"Patient","id":"sam","name":[{"family":"Secret"}]}`,
			"/Observation/o": `{"resourceType":"Observation","id":"o","status":"final","code":{"text":"x"},"subject":{"reference":"Patient/sam"}}`,
		} {
			if status, text := ask(t, "PUT", fhir+path, operator, body); status != 201 {
				t.Fatalf("%d %s", status, text)
			}
		}
		given, err := json.Marshal(map[string]any{
			"issuer": strings.TrimSuffix(fhir, "/fhir"), "fhir": fhir,
			"smart": registered(t, p, "smart", elliptic.P384()), "fapi2": registered(t, p, "fapi2", elliptic.P256()),
		})
		if err != nil {
			t.Fatal(err)
		}
		for _, way := range []string{"oauth4webapi", "oauth4webapi with DPoP", "oauth4webapi fapi2", "openid-client", "openid-client fapi2", "bulk client"} {
			t.Run(way, func(t *testing.T) {
				run := exec.CommandContext(t.Context(), "node", "backend.mjs", way)
				run.Dir, run.Stdin = dir, bytes.NewReader(given)
				if out, err := run.CombinedOutput(); err != nil || !strings.HasSuffix(strings.TrimSpace(string(out)), "done") {
					t.Errorf("%v\n%s", err, out)
				}
			})
		}
	})
}

// registered is a program of the profile, with its id and its private key.
func registered(t *testing.T, p place, profile string, curve elliptic.Curve) map[string]any {
	t.Helper()
	key, err := ecdsa.GenerateKey(curve, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	set, err := json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: key.Public(), KeyID: "theirs"}}})
	if err != nil {
		t.Fatal(err)
	}
	file := write(t, filepath.Join(t.TempDir(), "jwks.json"), string(set))
	added := bevan(t, p.args("client", "add", profile, "--profile", profile, "--jwks", file, "--scope", "system/Patient.rs", "--scope", "system/Observation.rs")...)
	if added.code != exitOK {
		t.Fatalf("%+v", added)
	}
	return map[string]any{"id": added.lastLine(), "key": jose.JSONWebKey{Key: key, KeyID: "theirs"}}
}
