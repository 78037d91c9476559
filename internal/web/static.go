package web

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"
	"time"
)

// asset is a file of static/, or the style sheet that is put together.
type asset struct {
	data []byte
	mark string // a fingerprint of the data
}

// assets are by name below /static/. The style sheet is one file made of those in
// static/style: base.css, which has the colours and what every page shares, and one
// for each room that needs its own.
var assets = mustCollect()

func mustCollect() map[string]asset {
	list := map[string]asset{"style.css": newAsset(styles())}
	err := fs.WalkDir(staticFiles, "static", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		if path.Dir(name) != "static/style" {
			list[strings.TrimPrefix(name, "static/")] = newAsset(mustHave(name))
		}
		return nil
	})
	if err != nil {
		panic("web: " + err.Error()) // the files are part of the binary
	}
	return list
}

func newAsset(data []byte) asset {
	sum := sha256.Sum256(data)
	return asset{data, hex.EncodeToString(sum[:8])}
}

// staticURL is where a page finds a file of static/. The address names its content,
// so that browsers keep it for good and ask for another when it changes.
func staticURL(name string) string {
	one, known := assets[name]
	if !known {
		panic("web: there is no static file " + name)
	}
	return "/static/" + name + "?v=" + one.mark
}

// static serves the assets.
func static(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("name")
	one, known := assets[name]
	if !known {
		http.NotFound(w, r)
		return
	}
	h := w.Header()
	h.Set("Content-Type", mime.TypeByExtension(path.Ext(name)))
	h.Set("ETag", `"`+one.mark+`"`)
	h.Set("Cache-Control", "no-cache")
	if r.URL.Query().Get("v") == one.mark {
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	http.ServeContent(w, r, name, time.Time{}, bytes.NewReader(one.data))
}

// styles is base.css and then the others by name.
func styles() []byte {
	names, err := fs.Glob(staticFiles, "static/style/*.css")
	if err != nil {
		panic("web: " + err.Error()) // the pattern is a constant
	}
	const base = "static/style/base.css"
	sheet := mustHave(base)
	for _, name := range names {
		if name != base {
			sheet = append(sheet, mustHave(name)...)
		}
	}
	return sheet
}

// mustHave is a file that is part of the binary.
func mustHave(name string) []byte {
	data, err := staticFiles.ReadFile(name)
	if err != nil {
		panic("web: " + err.Error())
	}
	return data
}
