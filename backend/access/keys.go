package access

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"

	"emitscope/backend/fault"
	"emitscope/backend/msg"
)

// Limits on keys.
const (
	maxKeys    = 256
	maxKeyName = 64 // bytes
)

// keyPrefix tells people, and programs that look for leaked secrets, what a key is.
const keyPrefix = "es_"

// Key is what is kept of a key. The secret itself is not: only its hash, so the
// file is of no use to who reads it.
type Key struct {
	Name    string // unique
	Scopes  msg.Scopes
	Created time.Time
	hash    [sha256.Size]byte
}

// Keys are the keys that were made and not revoked, kept in a file. All methods
// may be called from any goroutine. A nil *Keys has none.
type Keys struct {
	path  string
	write func(path string, data []byte, perm fs.FileMode) error

	mu  sync.RWMutex
	all []Key // replaced, never changed
}

// OpenKeys reads the keys kept at path; there are none when there is no file. A
// damaged file is an error, for keys must not vanish without a word.
//
// write replaces a file as a whole or not at all; Make and Revoke use it.
func OpenKeys(path string, write func(path string, data []byte, perm fs.FileMode) error) (*Keys, error) {
	k := &Keys{path: path, write: write}
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return k, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read keys: %w", err)
	}
	if k.all, err = decodeKeys(text); err != nil {
		return nil, fault.Newf(fault.Conflict, "the keys in %s are damaged: %v", path, err).WithCode("damaged_keys").
			WithHint("mend the file, or move it away and make new keys; the old ones are then unknown")
	}
	return k, nil
}

// Make makes a key with a new name and returns its secret, which is shown to
// nobody again. A name that is empty, longer than 64 bytes or not printable, and
// no scopes, are Invalid; a name in use is a Conflict; 256 keys are the most.
func (k *Keys) Make(name string, scopes msg.Scopes) (secret string, err error) {
	if err := checkKey(name, scopes); err != nil {
		return "", err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if slices.ContainsFunc(k.all, func(have Key) bool { return have.Name == name }) {
		return "", fault.Newf(fault.Conflict, "there is a key named %q already", name).WithHint("choose another name, or revoke that key first")
	}
	if len(k.all) >= maxKeys {
		return "", fault.Newf(fault.TooMany, "there are %d keys; no more are allowed", maxKeys).WithHint("revoke those nobody uses")
	}
	secret = keyPrefix + strings.ToLower(rand.Text()) // at least 128 bits
	added := Key{Name: name, Scopes: scopes, Created: time.Now().UTC().Truncate(time.Second), hash: sha256.Sum256([]byte(secret))}
	if err := k.keep(append(slices.Clip(k.all), added)); err != nil {
		return "", err
	}
	return secret, nil
}

// Revoke makes a key unknown from now on. Connections it opened stay until they
// are closed. It is NotFound when there is no key of this name.
func (k *Keys) Revoke(name string) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	rest := slices.DeleteFunc(slices.Clone(k.all), func(have Key) bool { return have.Name == name })
	if len(rest) == len(k.all) {
		return fault.Newf(fault.NotFound, "there is no key named %q", clip(name))
	}
	return k.keep(rest)
}

// List returns all keys, oldest first.
func (k *Keys) List() []Key {
	if k == nil {
		return nil
	}
	k.mu.RLock()
	defer k.mu.RUnlock()
	return slices.Clone(k.all)
}

// Count returns how many keys there are.
func (k *Keys) Count() int { return len(k.List()) }

// find returns what the key with this secret allows. It takes the same time
// whichever key it is, or none.
func (k *Keys) find(secret string) (msg.Scopes, bool) {
	hash := sha256.Sum256([]byte(secret))
	var scopes msg.Scopes
	found := 0
	for _, have := range k.List() {
		same := subtle.ConstantTimeCompare(hash[:], have.hash[:])
		found |= same
		scopes |= have.Scopes * msg.Scopes(same)
	}
	return scopes, found == 1
}

// keptKeys is the content of the file.
type keptKeys struct {
	Keys []keptKey `json:"keys"`
}

type keptKey struct {
	Name    string    `json:"name"`
	Scopes  string    `json:"scopes"` // "view publish"
	Created time.Time `json:"created"`
	SHA256  string    `json:"sha256"` // of the secret, in hex
}

// keep writes all to the file, and only then takes them for the keys.
func (k *Keys) keep(all []Key) error {
	kept := keptKeys{Keys: make([]keptKey, len(all))}
	for i, key := range all {
		kept.Keys[i] = keptKey{key.Name, key.Scopes.String(), key.Created, hex.EncodeToString(key.hash[:])}
	}
	text, err := json.MarshalIndent(kept, "", "\t")
	if err != nil {
		return fmt.Errorf("encode keys: %w", err)
	}
	if err := k.write(k.path, append(text, '\n'), 0o600); err != nil {
		return fmt.Errorf("keep keys: %w", err)
	}
	k.all = all
	return nil
}

func decodeKeys(text []byte) ([]Key, error) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	var kept keptKeys
	if err := d.Decode(&kept); err != nil {
		return nil, err
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, errors.New("there is more text after the keys")
	}
	seen := make(map[string]bool)
	var all []Key
	for i, stored := range kept.Keys {
		key := Key{Name: stored.Name, Created: stored.Created}
		hash, err := hex.DecodeString(stored.SHA256)
		if err == nil && copy(key.hash[:], hash) < sha256.Size || len(hash) > sha256.Size {
			err = fmt.Errorf("its hash has %d bytes; it has %d", len(hash), sha256.Size)
		}
		if err == nil {
			key.Scopes, err = msg.ParseScopes(stored.Scopes)
		}
		if err == nil {
			err = checkKey(key.Name, key.Scopes)
		}
		if err == nil && seen[key.Name] {
			err = errors.New("its name is there twice")
		}
		if err != nil {
			return nil, fmt.Errorf("key %d (%q): %w", i+1, clip(stored.Name), err)
		}
		seen[key.Name] = true
		all = append(all, key)
	}
	return all, nil
}

func checkKey(name string, scopes msg.Scopes) error {
	if name == "" || len(name) > maxKeyName || !utf8.ValidString(name) || strings.IndexFunc(name, unicode.IsControl) >= 0 {
		return fault.Newf(fault.Invalid, "key name %q cannot be used", clip(name)).WithCode("invalid_key_name").
			WithHint("a name has 1 to %d bytes and no control characters", maxKeyName)
	}
	if scopes == 0 || !msg.AllScopes.Has(scopes) {
		return fault.Newf(fault.Invalid, "a key needs at least one scope").WithCode("invalid_scope").WithHint("the scopes are %s", msg.AllScopes)
	}
	return nil
}
