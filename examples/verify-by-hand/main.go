// Command verify-by-hand checks a govgate record, or a whole transparency log, with the packages
// behind Go's checksum database. It shares no code with govgate. See docs/verify-by-hand.md.
//
//	verify-by-hand record TRUST RUN
//	verify-by-hand log TRUST LOG [KEPT]
package main

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

func main() {
	var err error
	switch args := os.Args[1:]; {
	case len(args) == 3 && args[0] == "record":
		err = checkRecord(args[1], args[2])
	case len(args) == 3 && args[0] == "log":
		err = checkLog(args[1], args[2], "")
	case len(args) == 4 && args[0] == "log":
		err = checkLog(args[1], args[2], args[3])
	default:
		err = errors.New("usage: verify-by-hand record TRUST RUN | log TRUST LOG [KEPT]")
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "no:", err)
		os.Exit(1)
	}
}

// trusted is one key of the trust file.
type trusted struct {
	KeyID     string   `json:"keyid"`
	Public    string   `json:"public"`
	Roles     []string `json:"roles"`
	Name      string   `json:"name"`
	NotBefore string   `json:"not_before"`
	NotAfter  string   `json:"not_after"`
	Revoked   string   `json:"revoked"`
}

// counts says whether the key may act in a role on a day; an empty day asks for the role alone.
func (k trusted) counts(role, day string) bool {
	listed := false
	for _, each := range k.Roles {
		listed = listed || each == role
	}
	began := day == "" || day >= k.NotBefore
	ended := day != "" && k.NotAfter != "" && day > k.NotAfter
	return listed && k.Revoked == "" && began && !ended
}

// key gives the 32 bytes: of PEM the last ones, else all of the base64.
func (k trusted) key() (ed25519.PublicKey, error) {
	text := ""
	for _, line := range strings.Split(k.Public, "\n") {
		if !strings.HasPrefix(line, "-----") {
			text += strings.TrimSpace(line)
		}
	}
	raw, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return nil, err
	}
	raw = bytes.TrimPrefix(raw, []byte("\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00"))
	if len(raw) != ed25519.PublicKeySize {
		return nil, fmt.Errorf("key %s is not 32 bytes", k.KeyID)
	}
	described := fmt.Sprintf(`{"keytype":"ed25519","keyval":{"public":"%x"},"scheme":"ed25519"}`, raw)
	if sum(described) != k.KeyID {
		return nil, fmt.Errorf("key %s has another id: %s", k.KeyID, sum(described))
	}
	return raw, nil
}

func loadTrust(path string) ([]trusted, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var asks map[string]json.RawMessage
	if err := json.Unmarshal(data, &asks); err != nil {
		return nil, err
	}
	delete(asks, "timestamp_authorities")
	if len(asks) != 2 || asks["keys"] == nil || string(asks["version"]) != "1" {
		return nil, errors.New("the trust file asks for more than is checked here")
	}
	var keys []trusted
	err = json.Unmarshal(asks["keys"], &keys)
	return keys, err
}

// statement is what the payload of an in-toto envelope says, as far as it is looked at here.
type statement struct {
	Type    string `json:"predicateType"`
	Subject []struct {
		Name   string
		Digest struct{ Sha256 string }
	}
	Predicate struct {
		Outcome    string
		FinishedOn string
		Train      []struct{ Name, Sha256 string }
		Properties []string
		Counts     struct{ Retrieve int }
	}
}

// signed is a verified envelope: the bytes that were signed, by which key, and what they say.
type signed struct {
	bytes     []byte
	signature []byte
	key       trusted
	said      statement
}

// open verifies one line of a record. DSSE signs the type and the payload, each with its length.
func open(line []byte, keys []trusted) (*signed, error) {
	var envelope struct {
		PayloadType string
		Payload     []byte
		Signatures  []struct {
			KeyID string
			Sig   []byte
		}
	}
	if err := json.Unmarshal(line, &envelope); err != nil {
		return nil, err
	}
	kind, payload := envelope.PayloadType, envelope.Payload
	pae := []byte(fmt.Sprintf("DSSEv1 %d %s %d %s", len(kind), kind, len(payload), payload))
	for _, signature := range envelope.Signatures {
		for _, key := range keys {
			if key.KeyID != signature.KeyID || key.Revoked != "" {
				continue
			}
			public, err := key.key()
			if err != nil {
				return nil, err
			}
			if kind != "application/vnd.in-toto+json" || !ed25519.Verify(public, pae, signature.Sig) {
				return nil, errors.New("a signature of the record does not hold")
			}
			result := &signed{bytes: pae, signature: signature.Sig, key: key}
			return result, json.Unmarshal(payload, &result.said)
		}
	}
	return nil, errors.New("the trust file lists none of the keys that the record names")
}

func checkRecord(trust, run string) error {
	keys, err := loadTrust(trust)
	if err != nil {
		return err
	}
	// 1, 2. The record's lines are signed by keys of the trust file.
	data, err := os.ReadFile(filepath.Join(run, "record.intoto.jsonl"))
	if err != nil {
		return err
	}
	var record []*signed
	for _, line := range bytes.Split(bytes.TrimSuffix(data, []byte("\n")), []byte("\n")) {
		one, err := open(line, keys)
		if err != nil {
			return err
		}
		record = append(record, one)
	}
	// 3, 4. They are a decision and its summary, about the same files, by keys that counted.
	decision := record[0].said
	if err := checkStatements(record); err != nil {
		return err
	}
	day := decision.Predicate.FinishedOn[:10]
	for _, one := range record {
		if !one.key.counts("gate", day) {
			return fmt.Errorf("key %s did not count as a gate's on %s", one.key.KeyID, day)
		}
	}
	fmt.Println("signed by", record[0].key.KeyID)
	// 5. The log holds exactly these signed bytes.
	proof, err := os.ReadFile(filepath.Join(run, "proof.tlog-proof"))
	if err != nil {
		return err
	}
	if err := checkInclusion(proof, entry(record[0]), keys, day); err != nil {
		return err
	}
	// 7. The train partition is the files that were signed, and no others.
	if err := checkTrain(run, decision); err != nil {
		return err
	}
	fmt.Println("the record holds:", decision.Predicate.Outcome)
	return nil
}

func checkStatements(record []*signed) error {
	decision := record[0].said
	var expected, stated []string // uses
	if decision.Type != "tag:govgate,2026:decision/v1" || len(decision.Predicate.FinishedOn) < 10 {
		return errors.New("the first statement is not a decision")
	}
	if len(decision.Subject) != len(decision.Predicate.Train)+1 || decision.Subject[0].Name != "train" {
		return errors.New("the subjects are not the train files")
	}
	digests := map[string]string{}
	for _, file := range decision.Predicate.Train {
		digests[file.Name] = file.Sha256
	}
	for _, subject := range decision.Subject[1:] {
		if digests[subject.Name] != subject.Digest.Sha256 {
			return errors.New("the subjects are not the train files")
		}
	}
	if decision.Predicate.Outcome == "train" {
		expected = append(expected, "GOVGATE_TRAINABLE")
	}
	if decision.Predicate.Counts.Retrieve > 0 {
		expected = append(expected, "GOVGATE_RETRIEVABLE")
	}
	for _, one := range record[1:] {
		if one.said.Type != "https://in-toto.io/attestation/svr/v0.2" ||
			!reflect.DeepEqual(one.said.Subject, decision.Subject) {
			return errors.New("the second statement is no summary of the decision's files")
		}
		stated = append(stated, one.said.Predicate.Properties...)
	}
	if len(record) > 2 || (len(record) == 2) != (len(expected) > 0) ||
		!reflect.DeepEqual(stated, expected) {
		return errors.New("the summary does not follow from the decision")
	}
	return nil
}

// entry is what the log holds of a record: JSON without white space, names in order.
func entry(one *signed) []byte {
	return []byte(fmt.Sprintf(
		`{"keyid":"%s","outcome":"%s","signature":"%s","signed":"%s","subject":"%s","type":"tag:govgate,2026:leaf/v1"}`,
		one.key.KeyID, one.said.Predicate.Outcome, base64.StdEncoding.EncodeToString(one.signature),
		sum(string(one.bytes)), one.said.Subject[0].Digest.Sha256,
	))
}

// checkInclusion follows a C2SP tlog-proof: "index N", a hash a line, a blank line, a checkpoint.
func checkInclusion(data, leaf []byte, keys []trusted, day string) error {
	head, checkpoint, found := strings.Cut(string(data), "\n\n")
	lines := strings.Split(head, "\n")
	if !found || len(lines) < 2 || lines[0] != "c2sp.org/tlog-proof@v1" {
		return errors.New("the proof is of another format")
	}
	lines = lines[1:]
	if strings.HasPrefix(lines[0], "extra ") {
		lines = lines[1:]
	}
	if len(lines) == 0 || !strings.HasPrefix(lines[0], "index ") {
		return errors.New("the proof is of another format")
	}
	index, err := strconv.ParseInt(strings.TrimPrefix(lines[0], "index "), 10, 64)
	if err != nil {
		return err
	}
	var proof tlog.RecordProof
	for _, line := range lines[1:] {
		hash, err := tlog.ParseHash(line)
		if err != nil {
			return err
		}
		proof = append(proof, hash)
	}
	tree, origin, err := openCheckpoint([]byte(checkpoint), keys, day)
	if err != nil {
		return err
	}
	if err := tlog.CheckRecord(proof, tree.N, tree.Hash, index, tlog.RecordHash(leaf)); err != nil {
		return err
	}
	fmt.Printf("entry %d of %s, which had %d\n", index, origin, tree.N)
	return nil
}

// openCheckpoint verifies the note of a log that the trust file lists, and reads its three lines.
func openCheckpoint(data []byte, keys []trusted, day string) (tree tlog.Tree, origin string, err error) {
	origin, _, _ = strings.Cut(string(data), "\n")
	var verifiers []note.Verifier
	for _, key := range keys {
		if key.Name != origin || !key.counts("log", day) {
			continue
		}
		public, err := key.key()
		if err != nil {
			return tree, origin, err
		}
		vkey, err := note.NewEd25519VerifierKey(key.Name, public)
		if err != nil {
			return tree, origin, err
		}
		verifier, err := note.NewVerifier(vkey)
		if err != nil {
			return tree, origin, err
		}
		fmt.Println("log key", vkey)
		verifiers = append(verifiers, verifier)
	}
	opened, err := note.Open(data, note.VerifierList(verifiers...))
	if err != nil {
		return tree, origin, err
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) < 4 {
		return tree, origin, errors.New("the checkpoint is not origin, size and root")
	}
	if tree.N, err = strconv.ParseInt(lines[1], 10, 64); err != nil {
		return tree, origin, err
	}
	tree.Hash, err = tlog.ParseHash(lines[2])
	return tree, origin, err
}

func checkTrain(run string, decision statement) error {
	found := 0
	top := filepath.Join(run, "train")
	digests := map[string]string{}
	for _, file := range decision.Predicate.Train {
		digests[file.Name] = file.Sha256
	}
	if _, err := os.Lstat(top); errors.Is(err, fs.ErrNotExist) && len(digests) == 0 {
		return nil
	}
	err := filepath.WalkDir(top, func(path string, item fs.DirEntry, err error) error {
		if err != nil || item.IsDir() {
			return err
		}
		name, err := filepath.Rel(run, path)
		if err != nil {
			return err
		}
		if _, named := digests[filepath.ToSlash(name)]; !named || !item.Type().IsRegular() {
			return fmt.Errorf("%s is not named by the record, or not a plain file", name)
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if sum(string(data)) != digests[filepath.ToSlash(name)] {
			return fmt.Errorf("%s is not the file that was signed", name)
		}
		found++
		return nil
	})
	if err == nil && found != len(digests) {
		return errors.New("the train partition lacks files that the record names")
	}
	return err
}

// checkLog recomputes the log from its entries, and compares it with a checkpoint kept from earlier.
func checkLog(trust, folder, kept string) error {
	keys, err := loadTrust(trust)
	if err != nil {
		return err
	}
	data, err := os.ReadFile(filepath.Join(folder, "checkpoint"))
	if err != nil {
		return err
	}
	tree, origin, err := openCheckpoint(data, keys, "")
	if err != nil {
		return err
	}
	// The reader proves every hash that it gives: they lead to the root that was signed.
	reader := tlog.TileHashReader(tree, tiles(folder))
	for first := int64(0); first < tree.N; first += 256 {
		if err := checkEntries(folder, first, tree, reader); err != nil {
			return err
		}
	}
	if kept != "" {
		if data, err = os.ReadFile(kept); err != nil {
			return err
		}
		old, before, err := openCheckpoint(data, keys, "")
		if err != nil {
			return err
		}
		if before != origin || old.N < 1 || old.N > tree.N {
			return fmt.Errorf("the log has %d entries; the checkpoint kept, of %s, has %d", tree.N, before, old.N)
		}
		proof, err := tlog.ProveTree(tree.N, old.N, reader)
		if err != nil {
			return err
		}
		if err := tlog.CheckTree(proof, tree.N, tree.Hash, old.N, old.Hash); err != nil {
			return err
		}
		fmt.Printf("the first %d entries are those of the checkpoint kept\n", old.N)
	}
	fmt.Printf("the log holds: %d entries of %s\n", tree.N, origin)
	return nil
}

// checkEntries compares the entries of one bundle with their hashes in the tree.
func checkEntries(folder string, first int64, tree tlog.Tree, reader tlog.HashReader) error {
	width := tree.N - first
	if width > 256 {
		width = 256
	}
	data, err := readTile(folder, tlog.Tile{H: 8, L: -1, N: first / 256, W: int(width)})
	if err != nil {
		return err
	}
	for index := first; index < first+width; index++ {
		if len(data) < 2 || len(data)-2 < int(binary.BigEndian.Uint16(data)) {
			return fmt.Errorf("entry %d is cut off", index)
		}
		length := 2 + int(binary.BigEndian.Uint16(data))
		hashes, err := reader.ReadHashes([]int64{tlog.StoredHashIndex(0, index)})
		if err != nil {
			return err
		}
		if tlog.RecordHash(data[2:length]) != hashes[0] {
			return fmt.Errorf("entry %d does not give its hash", index)
		}
		data = data[length:]
	}
	return nil
}

// tiles reads the tiles of a log's folder for tlog.TileHashReader.
type tiles string

func (t tiles) Height() int { return 8 }

func (t tiles) ReadTiles(wanted []tlog.Tile) ([][]byte, error) {
	var all [][]byte
	for _, tile := range wanted {
		data, err := readTile(string(t), tile)
		if err != nil {
			return nil, err
		}
		if len(data) < tile.W*tlog.HashSize {
			return nil, fmt.Errorf("%s is cut off", tile.Path())
		}
		all = append(all, data[:tile.W*tlog.HashSize])
	}
	return all, nil
}

func (t tiles) SaveTiles([]tlog.Tile, [][]byte) {}

// readTile reads a tile, or the full one that has replaced it. C2SP's paths are Go's without the
// height, and call "entries" what Go calls "data".
func readTile(folder string, tile tlog.Tile) ([]byte, error) {
	place := func(tile tlog.Tile) string {
		path := strings.Replace(tile.Path(), "tile/8/", "tile/", 1)
		path = strings.Replace(path, "tile/data/", "tile/entries/", 1)
		return filepath.Join(folder, filepath.FromSlash(path))
	}
	data, err := os.ReadFile(place(tile))
	if errors.Is(err, fs.ErrNotExist) {
		tile.W = 256
		data, err = os.ReadFile(place(tile))
	}
	return data, err
}

func sum(text string) string {
	digest := sha256.Sum256([]byte(text))
	return hex.EncodeToString(digest[:])
}
