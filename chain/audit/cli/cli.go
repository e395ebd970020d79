// Package cli mounts the offline tools of chain/audit into assayd: `assayd program …` and `assayd referee …`. Results are JSON
// on standard output; errors are coded and go to standard error with a non-zero exit, as cobra does.
package cli

import (
	"encoding/json"
	"fmt"
	"os"
	"runtime"

	"github.com/spf13/cobra"

	"github.com/assay-chain/assay/chain/audit"
	"github.com/assay-chain/assay/chain/program"
	"github.com/assay-chain/assay/chain/referee"
)

// NewCmds returns the commands `program` and `referee`.
func NewCmds() []*cobra.Command {
	programCmd := &cobra.Command{Use: "program", Short: "Look at program records, offline"}
	programCmd.AddCommand(inspectCmd())
	refereeCmd := &cobra.Command{Use: "referee", Short: "Judge traces and fault proofs, offline"}
	refereeCmd.AddCommand(scanCmd(), residualCmd(), spendCmd(), proveCmd(), judgeCmd(), rootsCmd(), readsCmd())
	return []*cobra.Command{programCmd, refereeCmd}
}

// show prints a result as indented JSON.
func show(cmd *cobra.Command, result any) error {
	text, err := json.MarshalIndent(result, "", "  ")
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(cmd.OutOrStdout(), string(text))
	return err
}

// quiet: an error is about the input, so the usage does not help.
func quiet(cmd *cobra.Command) *cobra.Command {
	cmd.SilenceUsage = true
	return cmd
}

func inspectCmd() *cobra.Command {
	var o audit.InspectOptions
	cmd := &cobra.Command{
		Use:   "inspect FILE...",
		Short: "Validate a program record and print its root, counts, cost, and the worst proof and gas of each operator",
		Long:  "Several FILEs give one line of JSON each, {\"file\", \"result\"} or {\"file\", \"error\"}.",
		Args:  cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 1 {
				return inspectAll(cmd, args, o)
			}
			r, err := audit.Inspect(args[0], o)
			if err != nil {
				return err
			}
			return show(cmd, r)
		},
	}
	cmd.Flags().BoolVar(&o.Tensors, "tensors", false, "list every tensor: kind, index, dtype, dims, layout, bytes, chunks")
	cmd.Flags().BoolVar(&o.Nodes, "nodes", false, "list every node with the largest proof about it and the gas of judging that at most, at default prices")
	return quiet(cmd)
}

// inspected is what an inspection of several records prints of each.
type inspected struct {
	File   string               `json:"file"`
	Result *audit.InspectResult `json:"result,omitempty"`
	Error  string               `json:"error,omitempty"`
}

// inspectAll inspects record after record; one that is refused does not stop the others.
func inspectAll(cmd *cobra.Command, files []string, o audit.InspectOptions) error {
	lines := json.NewEncoder(cmd.OutOrStdout())
	var failed error
	for _, file := range files {
		line := inspected{File: file}
		var err error
		if line.Result, err = audit.Inspect(file, o); err != nil {
			failed, line.Error = err, err.Error()
		}
		if err := lines.Encode(line); err != nil {
			return err
		}
	}
	return failed
}

func scanCmd() *cobra.Command {
	var nodes, commitments string
	o := audit.ScanOptions{}
	cmd := &cobra.Command{
		Use:   "scan DIR...",
		Short: "Judge every element of a trace on its own operands, exactly",
		Long: "DIR holds program.bin and the bytes of tensors as input/0.bin, weight/0.bin, value/0.bin, ... in their layouts.\n" +
			"--fast finds the same faults and undecided elements several times sooner; worst_ratio needs the exact scan.\n" +
			"Exits with an error only if files are wrong: faults are in the result.\n" +
			"Several DIRs give one line of JSON each, {\"dir\", \"result\"} or {\"dir\", \"error\"}.",
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			var err error
			if o.Nodes, err = audit.ParseNodes(nodes); err != nil {
				return err
			}
			o.Constants = referee.DefaultConstants()
			if commitments != "" {
				c, err := audit.ReadCommitments(commitments)
				if err != nil {
					return err
				}
				o.Constants = c.Constants
			}
			if len(args) > 1 {
				return scanAll(cmd, args, o)
			}
			r, err := scanDir(args[0], o)
			if err != nil {
				return err
			}
			return show(cmd, r)
		},
	}
	cmd.Flags().BoolVar(&o.Fast, "fast", false, "let a rigorous float64 pre-check acquit most elements; the rest is judged exactly, with the same result")
	cmd.Flags().StringVar(&nodes, "nodes", "all", "nodes to judge, such as 3,7-9")
	cmd.Flags().BoolVar(&o.Move, "move", false, "also move one element of every output: beyond its bound, just beyond and just within, and count the verdicts")
	cmd.Flags().BoolVar(&o.First, "first", false, "stop at the first fault")
	cmd.Flags().IntVar(&o.Workers, "workers", runtime.NumCPU(), "how many elements are judged at once")
	cmd.Flags().StringVar(&commitments, "commitments", "", "a commitments file whose constants apply, instead of the defaults")
	return quiet(cmd)
}

func residualCmd() *cobra.Command {
	var randomness string
	o := audit.ResidualOptions{}
	cmd := &cobra.Command{
		Use:   "residual DIR --randomness HEX --job N",
		Short: "Draw elements of contractions and print how far they lie from the exact sums, statistically",
		Long: "Tier B: z = |y - exact| / (u·√Σ(x·w)²) over elements that a beacon's randomness draws. Honest float32 stays near 5;\n" +
			"weights of float16 reach thousands. It is evidence, never a verdict. DIR is as for scan.",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			r, err := audit.ParseRandomness(randomness)
			if err != nil {
				return err
			}
			o.Randomness = r
			b, err := audit.OpenBundle(args[0])
			if err != nil {
				return err
			}
			result, err := b.Residual(o)
			if err != nil {
				return err
			}
			return show(cmd, result)
		},
	}
	cmd.Flags().StringVar(&randomness, "randomness", "", "32 bytes in hexadecimal, of a beacon round fixed after the trace root was published")
	cmd.Flags().Uint64Var(&o.Job, "job", 0, "id of the job")
	cmd.Flags().IntVar(&o.Count, "count", 256, "elements to draw, with replacement")
	return quiet(cmd)
}

func spendCmd() *cobra.Command {
	var commitments string
	o := audit.SpendOptions{}
	cmd := &cobra.Command{
		Use:   "spend DIR --node N --directions FILE --out FILE",
		Short: "Move every element of a node's output as far as its bound lets it go, in given directions",
		Long: "Measures slack: what is written differs from the honest output by 98 % of each bound or more, and no element of it is\n" +
			"a fault. DIR is as for scan. The directions are float32s in the layout of the output, whose signs count; 0 moves nothing.",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.Constants = referee.DefaultConstants()
			if commitments != "" {
				c, err := audit.ReadCommitments(commitments)
				if err != nil {
					return err
				}
				o.Constants = c.Constants
			}
			b, err := audit.OpenBundle(args[0])
			if err != nil {
				return err
			}
			r, err := b.Spend(o)
			if err != nil {
				return err
			}
			return show(cmd, r)
		},
	}
	cmd.Flags().Uint32Var(&o.Node, "node", 0, "the node")
	cmd.Flags().Uint32Var(&o.Slot, "slot", 0, "which output of the node")
	cmd.Flags().StringVar(&o.Directions, "directions", "", "file of float32s, one for each element: up, down or 0")
	cmd.Flags().StringVar(&o.Out, "out", "", "file to write the moved output to; it may be the output's own")
	cmd.Flags().IntVar(&o.Workers, "workers", runtime.NumCPU(), "how many elements are judged at once")
	cmd.Flags().StringVar(&commitments, "commitments", "", "a commitments file whose constants apply, instead of the defaults")
	for _, name := range []string{"directions", "out"} {
		if err := cmd.MarkFlagRequired(name); err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
	}
	return quiet(cmd)
}

func scanDir(dir string, o audit.ScanOptions) (*audit.ScanResult, error) {
	b, err := audit.OpenBundle(dir)
	if err != nil {
		return nil, err
	}
	return b.Scan(o)
}

// scanned is what a scan of several bundles prints of each.
type scanned struct {
	Dir    string            `json:"dir"`
	Result *audit.ScanResult `json:"result,omitempty"`
	Error  string            `json:"error,omitempty"`
}

// scanAll scans bundle after bundle; one that cannot be read does not stop the others.
func scanAll(cmd *cobra.Command, dirs []string, o audit.ScanOptions) error {
	lines := json.NewEncoder(cmd.OutOrStdout())
	var failed error
	for _, dir := range dirs {
		line := scanned{Dir: dir}
		var err error
		if line.Result, err = scanDir(dir, o); err != nil {
			failed, line.Error = err, err.Error()
		}
		if err := lines.Encode(line); err != nil {
			return err
		}
	}
	return failed
}

func proveCmd() *cobra.Command {
	var a referee.Accusation
	var kind, tensor, out, commitments string
	var opening bool
	cmd := &cobra.Command{
		Use:   "prove DIR",
		Short: "Build a fault proof from the bytes of a job, judge it, and write it to a file",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			var err error
			if a.Kind, err = audit.ParseKind(kind); err != nil {
				return err
			}
			if a.Tensor, err = audit.ParseTensor(tensor); err != nil {
				return err
			}
			if a.Kind == referee.Format && a.Tensor == program.None {
				a.Tensor = program.Value
			}
			var c *referee.Commitments
			if commitments != "" {
				if c, err = audit.ReadCommitments(commitments); err != nil {
					return err
				}
			}
			b, err := audit.OpenBundle(args[0])
			if err != nil {
				return err
			}
			r, err := b.Prove(a, c, out, opening || a.ByNode)
			if err != nil {
				return err
			}
			return show(cmd, r)
		},
	}
	cmd.Flags().Uint32Var(&a.Node, "node", 0, "the node (arithmetic, and format of a value)")
	cmd.Flags().Uint32Var(&a.Slot, "slot", 0, "which output of the node or of the program; for format of another tensor its index")
	cmd.Flags().Uint64Var(&a.Element, "element", 0, "logical row-major index of the element; for format the chunk")
	cmd.Flags().StringVar(&kind, "kind", "arithmetic", "arithmetic, output or format")
	cmd.Flags().StringVar(&tensor, "tensor", "", "for format: input, weight, value or output")
	cmd.Flags().BoolVar(&opening, "opening", false, "judge as MsgOpenInput and MsgOpenWeight do: is the element forbidden?")
	cmd.Flags().BoolVar(&a.ByNode, "by-node", false, "an opening of an operand (--slot) of --node: minus infinity counts too")
	cmd.Flags().StringVar(&out, "out", "", "file to write the proof to")
	cmd.Flags().StringVar(&commitments, "commitments", "", "judge under these commitments (JSON) instead of the bundle's own")
	return quiet(cmd)
}

func judgeCmd() *cobra.Command {
	var proof, commitments string
	var opening bool
	cmd := &cobra.Command{
		Use:   "judge --proof FILE --commitments FILE",
		Short: "Judge a fault proof as the chain would, and explain the verdict",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := audit.ReadCommitments(commitments)
			if err != nil {
				return err
			}
			e, err := audit.JudgeFile(proof, c, opening)
			if err != nil {
				return err
			}
			return show(cmd, e)
		},
	}
	cmd.Flags().StringVar(&proof, "proof", "", "the proof's bytes")
	cmd.Flags().StringVar(&commitments, "commitments", "", "what the chain holds of the job (JSON)")
	cmd.Flags().BoolVar(&opening, "opening", false, "judge as MsgOpenInput and MsgOpenWeight do")
	for _, name := range []string{"proof", "commitments"} {
		if err := cmd.MarkFlagRequired(name); err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
	}
	return quiet(cmd)
}

func rootsCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "roots DIR",
		Short: "Compute the data roots of a job's tensors and the roots of their trees",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			b, err := audit.OpenBundle(args[0])
			if err != nil {
				return err
			}
			r, err := b.AllRoots()
			if err != nil {
				return err
			}
			return show(cmd, r)
		},
	}
	return quiet(cmd)
}

func readsCmd() *cobra.Command {
	a := referee.Accusation{}
	var kind string
	cmd := &cobra.Command{
		Use:   "reads DIR",
		Short: "List the chunks that a proof about one element opens",
		Long: "DIR needs program.bin; of operators that read where another operand says (Gather and its like) also that operand's\n" +
			"bytes. Chunks have 1,024 bytes; runs of neighbours are printed as first and count, as a demand asks for them.",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			var err error
			if a.Kind, err = audit.ParseKind(kind); err != nil {
				return err
			}
			if a.Kind == referee.Format {
				return &audit.Error{Code: audit.CodeArgument, Text: "kind format: arithmetic or output expected"}
			}
			b, err := audit.OpenBundle(args[0])
			if err != nil {
				return err
			}
			r, err := b.Reads(a)
			if err != nil {
				return err
			}
			return show(cmd, r)
		},
	}
	cmd.Flags().Uint32Var(&a.Node, "node", 0, "the node")
	cmd.Flags().Uint32Var(&a.Slot, "slot", 0, "which output of the node, or of the program")
	cmd.Flags().Uint64Var(&a.Element, "element", 0, "logical row-major index of the element")
	cmd.Flags().StringVar(&kind, "kind", "arithmetic", "arithmetic or output")
	return quiet(cmd)
}
