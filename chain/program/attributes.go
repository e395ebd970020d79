package program

// Attributes by number; new ones go last. A row lists its own by name. The list is closed and shared with src/onnx/record.ts (test/vectors/operators.json).
const (
	_ uint32 = iota
	Alpha
	Approximate
	Axes
	Axis
	Beta
	CoordinateTransformationMode
	CountIncludePad
	Dilations
	Epsilon
	Exponent
	Group
	Keepdims
	KernelShape
	MaxLimit
	MinLimit
	Mode
	NearestMode
	OutputPadding
	Pads
	Perm
	Scales
	Starts
	Steps
	Strides
	TransA
	TransB
	PadValue
	Exclusive
	Diagonal
	Largest
	Reverse
	Upper
)

// AttributeNames are the ONNX names by number.
var AttributeNames = []string{"", "alpha", "approximate", "axes", "axis", "beta", "coordinate_transformation_mode", "count_include_pad",
	"dilations", "epsilon", "exponent", "group", "keepdims", "kernel_shape", "max", "min", "mode", "nearest_mode", "output_padding",
	"pads", "perm", "scales", "starts", "steps", "strides", "transA", "transB", "value",
	"exclusive", "k", "largest", "reverse", "upper"}

// Enum values of string attributes: an enum is written as an integer, its place in these lists.
const (
	ApproximateNone = 0
	ApproximateTanh = 1

	ModeConstant = 0
	ModeReflect  = 1
	ModeEdge     = 2
	ModeNearest  = 4
	ModeLinear   = 5

	CoordHalfPixel          = 0
	CoordAsymmetric         = 1
	CoordAlignCorners       = 2
	CoordPytorchHalfPixel   = 3
	CoordHalfPixelSymmetric = 4

	RoundPreferFloor = 0
	RoundPreferCeil  = 1
	RoundFloor       = 2
	RoundCeil        = 3
)

// EnumNames are the ONNX strings of an enum attribute by value; nil for other attributes.
func EnumNames(attribute uint32) []string {
	switch attribute {
	case Mode:
		return []string{"constant", "reflect", "edge", "wrap", "nearest", "linear"}
	case Approximate:
		return []string{"none", "tanh"}
	case CoordinateTransformationMode:
		return []string{"half_pixel", "asymmetric", "align_corners", "pytorch_half_pixel", "half_pixel_symmetric"}
	case NearestMode:
		return []string{"round_prefer_floor", "round_prefer_ceil", "floor", "ceil"}
	}
	return nil
}

// AttributeSpec says how an operator writes an attribute: integers or float32s, one or a list.
type AttributeSpec struct {
	Name  uint32
	List  bool
	Float bool
}

func integer(name uint32) AttributeSpec  { return AttributeSpec{Name: name} }
func integers(name uint32) AttributeSpec { return AttributeSpec{Name: name, List: true} }
func float(name uint32) AttributeSpec    { return AttributeSpec{Name: name, Float: true} }
func floats(name uint32) AttributeSpec   { return AttributeSpec{Name: name, List: true, Float: true} }

const (
	positiveInfinity = 0x7f800000
	negativeInfinity = 0xff800000
	smallestNormal   = 0x00800000
	floatOne         = 0x3f800000
)

// checkAttributes demands exactly the row's attributes, in its order, each with its type and a value in range.
func (op *Operator) checkAttributes(n *Node) error {
	if len(n.Attributes) != len(op.Attributes) {
		return refuse(CodeAttribute, "%s has %d attributes, %d expected", op.Name, len(n.Attributes), len(op.Attributes))
	}
	for i := range n.Attributes {
		a, s := &n.Attributes[i], op.Attributes[i]
		if a.Name != s.Name {
			return refuse(CodeAttribute, "%s: attribute %d found, %d (%s) expected", op.Name, a.Name, s.Name, AttributeNames[s.Name])
		}
		wrong, right := len(a.Floats), len(a.Ints)
		if s.Float {
			wrong, right = right, wrong
		}
		if wrong > 0 || !s.List && right != 1 {
			return refuse(CodeAttribute, "%s.%s has a wrong type or number of values", op.Name, AttributeNames[a.Name])
		}
		if err := checkValues(a); err != nil {
			return err
		}
	}
	return nil
}

func checkValues(a *Attribute) error {
	for _, x := range a.Floats {
		free := a.Name == MaxLimit && x == positiveInfinity || a.Name == MinLimit && x == negativeInfinity // Clip without a limit
		if x>>23&255 == 255 && !free {
			return refuse(CodeAttribute, "%s is not finite", AttributeNames[a.Name])
		}
	}
	if a.Name == Epsilon && (a.Floats[0]>>31 != 0 || a.Floats[0] < smallestNormal) {
		return refuse(CodeAttribute, "epsilon is not a positive normal number")
	}
	for _, v := range a.Ints {
		if v < -MaxExtent || v > MaxExtent {
			return refuse(CodeAttribute, "%s: %d is out of range", AttributeNames[a.Name], v)
		}
	}
	return nil
}
