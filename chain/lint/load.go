package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
)

// pkg is one type-checked package without its tests.
type pkg struct {
	path  string
	fset  *token.FileSet
	files []*ast.File
	info  *types.Info
}

func (p *pkg) name(file *ast.File) string { return p.fset.Position(file.Package).Filename }

// listed is what `go list` says of a package.
type listed struct {
	ImportPath, Dir, Export string
	GoFiles                 []string
	DepOnly                 bool
}

// load type-checks the packages of the patterns that are in scope. Their imports are read from the compiler's export data,
// so the packages must build; what was built before is not built again.
func load(patterns []string) ([]*pkg, error) {
	all, err := list(patterns)
	if err != nil {
		return nil, err
	}
	fset := token.NewFileSet()
	imports := newImporter(fset, all)
	var loaded []*pkg
	for _, entry := range all {
		if entry.DepOnly || !inScope(entry.ImportPath) {
			continue
		}
		var paths []string
		for _, name := range entry.GoFiles {
			paths = append(paths, filepath.Join(entry.Dir, name))
		}
		checked, err := typeCheck(fset, imports, entry.ImportPath, paths)
		if err != nil {
			return nil, err
		}
		loaded = append(loaded, checked)
	}
	return loaded, nil
}

func list(patterns []string) ([]listed, error) {
	cmd := exec.Command("go", append([]string{"list", "-export", "-deps", "-json=ImportPath,Dir,GoFiles,Export,DepOnly"}, patterns...)...)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, os.Stderr
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("go list: %w (the code must build before it can be linted)", err)
	}
	var all []listed
	for decoder := json.NewDecoder(&out); ; {
		var entry listed
		if err := decoder.Decode(&entry); errors.Is(err, io.EOF) {
			return all, nil
		} else if err != nil {
			return nil, fmt.Errorf("go list: %w", err)
		}
		all = append(all, entry)
	}
}

func newImporter(fset *token.FileSet, all []listed) types.Importer {
	exports := map[string]string{}
	for _, entry := range all {
		exports[entry.ImportPath] = entry.Export
	}
	return importer.ForCompiler(fset, "gc", func(path string) (io.ReadCloser, error) {
		if exports[path] == "" {
			return nil, fmt.Errorf("no export data for %s", path)
		}
		return os.Open(exports[path])
	})
}

func typeCheck(fset *token.FileSet, imports types.Importer, path string, files []string) (*pkg, error) {
	checked := &pkg{path: path, fset: fset, info: &types.Info{Types: map[ast.Expr]types.TypeAndValue{}, Uses: map[*ast.Ident]types.Object{}}}
	for _, name := range files {
		file, err := parser.ParseFile(fset, name, nil, parser.SkipObjectResolution|parser.ParseComments)
		if err != nil {
			return nil, err
		}
		checked.files = append(checked.files, file)
	}
	config := types.Config{Importer: imports}
	if _, err := config.Check(path, fset, checked.files, checked.info); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return checked, nil
}
