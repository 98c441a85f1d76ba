package access

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
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
	// maxLinks is how many secrets the view link has had that still let somebody
	// in: it gets a new one with each start of the hub that is asked for it.
	maxLinks = 16
)

// keyPrefix tells people, and programs that look for leaked secrets, what a key is.
const keyPrefix = "es_"

// LinkName is the name of the key that the view link carries.
const LinkName = "View link"

// flushEvery is how old what the file says of the use of keys may be.
const flushEvery = time.Minute

// key is what is kept of a key. The secret itself is not: only a hash of a hash
// of it, so the file is of no use to who reads it. The hash between is the value
// of a browser's cookie, which lets view and can never be turned into the key.
//
//	secret ─▶ cookie value ─▶ what the file has
type key struct {
	name     string // unique
	scopes   msg.Scopes
	created  time.Time
	link     bool
	hashes   [][sha256.Size]byte // of more than one secret only for the view link
	used     atomic.Int64        // when it last let somebody in: ns since 1970; 0: never
	messages atomic.Uint64       // accepted with it
}

// Keys are the keys that were made and not revoked, kept in a file. All methods
// may be called from any goroutine. A nil *Keys has none.
type Keys struct {
	path  string
	write func(path string, data []byte, perm fs.FileMode) error

	dirty atomic.Bool // more was counted than the file says
	mu    sync.RWMutex
	all   []*key // replaced, never changed
	link  string // secret of the view link; empty until somebody asks for it
}

// OpenKeys reads the keys kept at path; there are none when there is no file. A
// damaged file is an error, for keys must not vanish without a word.
//
// write replaces a file as a whole or not at all.
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

// Run writes to the file, now and then and at its end, when keys were last used
// and for how much. It returns when ctx ends.
func (k *Keys) Run(ctx context.Context) error {
	tick := time.NewTicker(flushEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			_ = k.flush() // what was not written is tried again with the next
		case <-ctx.Done():
			return k.flush()
		}
	}
}

func (k *Keys) flush() error {
	if !k.dirty.Swap(false) {
		return nil
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	err := k.keep(k.all)
	if err != nil {
		k.dirty.Store(true)
	}
	return err
}

// Make makes a key with a new name and returns its secret, which is shown to
// nobody again. A name that is empty, longer than 64 bytes, not printable, a step in
// a path or that of the view link, and no scopes, are Invalid; a name in use is a Conflict; 256
// keys are the most.
func (k *Keys) Make(name string, scopes msg.Scopes) (made msg.Key, secret string, err error) {
	if strings.EqualFold(strings.TrimSpace(name), LinkName) { // else people would take one for the other
		return msg.Key{}, "", fault.Newf(fault.Invalid, "%q is the name of the view link's key", name).WithCode("invalid_key_name").WithHint("choose another name")
	}
	if err := checkKey(name, scopes); err != nil {
		return msg.Key{}, "", err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if named(k.all, name) != nil {
		return msg.Key{}, "", fault.Newf(fault.Conflict, "there is a key named %q already", name).WithHint("choose another name, or revoke that key first")
	}
	added := &key{name: name, scopes: scopes}
	if secret, err = k.add(added); err != nil {
		return msg.Key{}, "", err
	}
	return added.told(), secret, nil
}

// Link returns the secret that the view link carries, which allows to view. The
// first call after a start makes one, for only its hash was kept; links that were
// handed out before go on working.
func (k *Keys) Link() (secret string, err error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.link != "" {
		return k.link, nil
	}
	next := &key{name: LinkName, scopes: msg.MayView, link: true}
	if have := named(k.all, LinkName); have != nil {
		next.created, next.hashes = have.created, slices.Clone(have.hashes)
		next.used.Store(have.used.Load())
	}
	if secret, err = k.add(next); err != nil {
		return "", err
	}
	k.link = secret
	return secret, nil
}

// add gives the key a secret more and keeps it, in the place of one of the same
// name.
func (k *Keys) add(added *key) (secret string, err error) {
	rest := slices.DeleteFunc(slices.Clone(k.all), func(have *key) bool { return have.name == added.name })
	if len(rest) >= maxKeys {
		return "", fault.Newf(fault.TooMany, "there are %d keys; no more are allowed", maxKeys).WithHint("revoke those nobody uses")
	}
	secret = keyPrefix + strings.ToLower(rand.Text()) // at least 128 bits
	added.hashes = append(added.hashes, hashOf(cookieBytes(secret)))
	added.hashes = added.hashes[max(0, len(added.hashes)-maxLinks):]
	if added.created.IsZero() {
		added.created = time.Now().UTC().Truncate(time.Second)
	}
	return secret, k.keep(append(rest, added))
}

// Revoke makes a key unknown from now on. It is NotFound when there is no key of
// this name. Who came in with it is for the caller to show out.
func (k *Keys) Revoke(name string) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	rest := slices.DeleteFunc(slices.Clone(k.all), func(have *key) bool { return have.name == name })
	if len(rest) == len(k.all) {
		return fault.Newf(fault.NotFound, "there is no key named %q", fault.Clip(name))
	}
	if err := k.keep(rest); err != nil {
		return err
	}
	if name == LinkName {
		k.link = ""
	}
	return nil
}

// RevokeAll makes every key unknown from now on, and returns how many there were.
func (k *Keys) RevokeAll() (int, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	before := len(k.all)
	if before == 0 {
		return 0, nil
	}
	if err := k.keep(nil); err != nil {
		return 0, err
	}
	k.link = ""
	return before, nil
}

// List returns all keys, oldest first.
func (k *Keys) List() []msg.Key {
	all := k.current()
	list := make([]msg.Key, len(all))
	for i, one := range all {
		list[i] = one.told()
	}
	slices.SortStableFunc(list, func(a, b msg.Key) int { return a.Created.Compare(b.Created) })
	return list
}

// Scopes returns what the key of this name allows; false: there is none.
func (k *Keys) Scopes(name string) (msg.Scopes, bool) {
	one := named(k.current(), name)
	if one == nil {
		return 0, false
	}
	return one.scopes, true
}

// Count notes that messages were accepted that came with the key of this name.
func (k *Keys) Count(name string, messages int) {
	if one := named(k.current(), name); one != nil {
		one.messages.Add(uint64(messages))
		k.dirty.Store(true)
	}
}

// find returns the key with this secret; nil: there is none.
func (k *Keys) find(secret string) *key {
	if len(secret) > maxSecret {
		return nil
	}
	return k.findHash(hashOf(cookieBytes(secret)))
}

// findCookie returns the key that a cookie was made of; nil: there is none.
func (k *Keys) findCookie(value string) *key {
	var cookie cookieText
	if len(value) != len(cookie) {
		return nil
	}
	copy(cookie[:], value)
	return k.findHash(hashOf(cookie))
}

// findHash returns the key of which the file has this hash; nil: there is none.
// It takes the same time whichever key it is, or none.
func (k *Keys) findHash(hash [sha256.Size]byte) *key {
	var found *key
	for _, one := range k.current() {
		for _, have := range one.hashes {
			if subtle.ConstantTimeCompare(hash[:], have[:]) == 1 {
				found = one
			}
		}
	}
	if found == nil {
		return nil
	}
	if now := time.Now().UnixNano(); now-found.used.Load() > int64(time.Second) {
		found.used.Store(now)
		k.dirty.Store(true)
	}
	return found
}

func (k *Keys) current() []*key {
	if k == nil {
		return nil
	}
	k.mu.RLock()
	defer k.mu.RUnlock()
	return k.all
}

// named returns the one of all that has this name; nil: there is none.
func named(all []*key, name string) *key {
	for _, one := range all {
		if one.name == name {
			return one
		}
	}
	return nil
}

// told is what others may know of the key.
func (one *key) told() msg.Key {
	t := msg.Key{Name: one.name, Scopes: one.scopes, Created: one.created, Messages: one.messages.Load(), Link: one.link}
	if used := one.used.Load(); used != 0 {
		t.LastUsed = time.Unix(0, used).UTC()
	}
	return t
}

// maxSecret bounds what is hashed for somebody who may come in only afterwards, in
// bytes. Ours have 29.
const maxSecret = 64

// cookieText is the value of a cookie: a hash in base64.
type cookieText [43]byte

// cookieOf is the value of the cookie for which a browser swaps a key.
func cookieOf(secret string) string {
	text := cookieBytes(secret)
	return string(text[:])
}

// cookieBytes is cookieOf in an array: each request with a key asks, so it
// allocates nothing.
func cookieBytes(secret string) (text cookieText) {
	const before = "emitscope cookie\x00" // makes it another hash than any other program's
	var buffer [len(before) + maxSecret]byte
	hash := sha256.Sum256(append(append(buffer[:0], before...), secret...))
	base64.RawURLEncoding.Encode(text[:], hash[:])
	return text
}

// hashOf is what is kept of a cookie's value, and so of a key.
func hashOf(cookie cookieText) [sha256.Size]byte { return sha256.Sum256(cookie[:]) }

func checkKey(name string, scopes msg.Scopes) error {
	if name == "" || len(name) > maxKeyName || !utf8.ValidString(name) || strings.ContainsFunc(name, isHidden) {
		return fault.Newf(fault.Invalid, "key name %q cannot be used", fault.Clip(name)).WithCode("invalid_key_name").
			WithHint("a name has 1 to %d bytes, and all of it can be seen", maxKeyName)
	}
	if name == "." || name == ".." {
		// Browsers take these out of the path that would revoke the key, however they
		// are encoded.
		return fault.Newf(fault.Invalid, "key name %q cannot be used", name).WithCode("invalid_key_name").
			WithHint("choose a name that is not a step in a path")
	}
	if scopes == 0 || !msg.AllScopes.Has(scopes) {
		return fault.Newf(fault.Invalid, "a key needs at least one scope").WithCode("invalid_scope").WithHint("the scopes are %s", msg.AllScopes)
	}
	return nil
}

// isHidden reports whether a person cannot see r: with control characters, and
// those that turn the direction of text, one name could be shown as another.
func isHidden(r rune) bool { return !unicode.IsPrint(r) }
