"""Which functions read a protected DocType before the resolver was asked: found in the sources, without running them.

From each entry point (a web method, a report, a method of a print, a job) the calls inside the package are followed. A
read is *asked* when a question to the resolver stands before it, in its own function or in whoever called it, and is put
on every way that leads to the read: a question inside one branch answers for that branch only.
"""

import ast
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from pathlib import Path

# What asks the resolver, wherever it is called. `get_list` asks for each row.
QUESTIONS = frozenset(
	{
		"check_permission",
		"get_list",
		"has_permission",
		"may_open",
		"may_read_case",
		"may_write_case",
		"readable_cases",
	}
)
# Functions of Frappe's that read without asking, with the DocType as their first argument.
_READERS = frozenset(
	{
		"frappe.client.get_list",
		"frappe.db.count",
		"frappe.db.exists",
		"frappe.db.get_all",
		"frappe.db.get_list",
		"frappe.db.get_value",
		"frappe.db.get_values",
		"frappe.get_all",
		"frappe.get_cached_doc",
		"frappe.get_cached_value",
		"frappe.get_doc",
		"frappe.get_last_doc",
		"frappe.get_value",
		"frappe.qb.DocType",
		"frappe.qb.from_",
		"frappe.qb.get_query",
		"frappe.utils.nestedset.get_descendants_of",
	}
)
_BRANCHES = (ast.If, ast.For, ast.While, ast.Try, ast.IfExp, ast.comprehension, ast.BoolOp, ast.Match)
UNKNOWN = "?"  # a DocType that the source does not name


@dataclass
class Function:
	"""A function of the package: its calls and reads, each with the branches it stands in."""

	path: str
	node: ast.FunctionDef
	module: "Module"
	owner: str = ""
	reads: list[tuple[str, tuple, int]] = field(default_factory=list)
	calls: list[tuple[str, tuple, int]] = field(default_factory=list)
	questions: list[tuple[tuple, int]] = field(default_factory=list)


@dataclass
class Module:
	"""A module: what its names mean, and its constants."""

	path: str
	tree: ast.Module
	imports: dict[str, str] = field(default_factory=dict)
	constants: dict[str, ast.expr] = field(default_factory=dict)


class Package:
	"""All functions below a folder, tests and demo data left out."""

	def __init__(self, folder: Path, protected: Collection[str], skipped: Collection[str] = ()) -> None:
		self.folder, self.protected = folder, frozenset(protected)
		self.modules: dict[str, Module] = {}
		self.functions: dict[str, Function] = {}
		for file in sorted(folder.rglob("*.py")):
			parts = file.relative_to(folder).with_suffix("").parts
			if "tests" in parts or parts[-1].startswith("test_") or "/".join(parts) in skipped:
				continue
			if parts[-1] == "__init__":
				parts = parts[:-1]
			self._add(".".join((folder.name, *parts)), ast.parse(file.read_text()))
		for function in self.functions.values():
			_Reader(self, function).read()

	def _add(self, path: str, tree: ast.Module) -> None:
		module = self.modules[path] = Module(path, tree)
		for node in ast.walk(tree):
			if isinstance(node, ast.Import):
				for alias in node.names:
					module.imports[alias.asname or alias.name.split(".")[0]] = (
						alias.name if alias.asname else alias.name.split(".")[0]
					)
			elif isinstance(node, ast.ImportFrom) and node.module:
				for alias in node.names:
					module.imports[alias.asname or alias.name] = f"{node.module}.{alias.name}"
		for node in tree.body:
			if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
				for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
					if isinstance(target, ast.Name):
						module.constants[target.id] = node.value
			elif isinstance(node, ast.FunctionDef):
				self.functions[f"{path}.{node.name}"] = Function(f"{path}.{node.name}", node, module)
			elif isinstance(node, ast.ClassDef):
				for method in node.body:
					if isinstance(method, ast.FunctionDef):
						name = f"{path}.{node.name}.{method.name}"
						self.functions[name] = Function(name, method, module, f"{path}.{node.name}")

	def resolved(self, path: str) -> str:
		"""The function that a dotted path leads to, where a module only passes it on."""
		module, _dot, name = path.rpartition(".")
		known = self.modules.get(module)
		return known.imports.get(name, path) if known and path not in self.functions else path

	def constant(self, module: Module, name: str) -> ast.expr | None:
		"""What a name of a module stands for, followed through its imports."""
		if name in module.constants:
			return module.constants[name]
		source, _dot, last = module.imports.get(name, "").rpartition(".")
		return self.modules[source].constants.get(last) if source in self.modules else None

	@cached_property
	def askers(self) -> set[str]:
		"""Functions that ask on every way through them: calling one is asking."""
		known: set[str] = set()
		while True:
			more = {
				path
				for path, function in self.functions.items()
				if path not in known
				and (
					any(branch == () for branch, _line in function.questions)
					or any(branch == () and name in known for name, branch, _line in function.calls)
				)
			}
			if not more:
				return known
			known |= more

	def entries(self) -> dict[str, str]:
		"""Functions that answer somebody: path -> kind."""
		found = {}
		for path, function in self.functions.items():
			said = [ast.unparse(decorator) for decorator in function.node.decorator_list]
			if any(text.startswith("frappe.whitelist") for text in said):
				found[path] = "web method"
			if ".report." in path and function.node.name == "execute":
				found[path] = "report"
			if ".page." in path or "dashboard_chart_source" in path or ".number_card." in path:
				found[path] = "page"
		return found

	def unasked(self, entries: Collection[str]) -> dict[tuple[str, str], set[str]]:
		"""(function, DocType) -> the entry points from which it is read before anybody was asked."""
		found: dict[tuple[str, str], set[str]] = {}
		for entry in entries:
			seen: set[str] = set()
			waiting = [entry]
			while waiting:
				path = waiting.pop()
				if path in seen:
					continue
				seen.add(path)
				function = self.functions[path]
				for doctype, branch, line in function.reads:
					if not self._asked(function, branch, line):
						found.setdefault((path, doctype), set()).add(entry)
				waiting += [
					name
					for name, branch, line in function.calls
					if name in self.functions and not self._asked(function, branch, line)
				]
		return found

	def _asked(self, function: Function, branch: tuple, line: int) -> bool:
		"""Whether a question stands before this line on every way to it."""
		asked = [*function.questions]
		asked += [(where, at) for name, where, at in function.calls if name in self.askers]
		return any(at < line and branch[: len(where)] == where for where, at in asked)


class _Reader(ast.NodeVisitor):
	"""Goes through one function."""

	def __init__(self, package: Package, function: Function) -> None:
		self.package, self.function = package, function
		self.branch: tuple = ()
		self.locals: dict[str, list[ast.expr]] = {}
		for node in ast.walk(function.node):
			if (
				isinstance(node, ast.Assign)
				and len(node.targets) == 1
				and isinstance(node.targets[0], ast.Name)
			):
				self.locals.setdefault(node.targets[0].id, []).append(node.value)
			elif isinstance(node, ast.For | ast.comprehension):
				self._loop(node)
		arguments = function.node.args
		self.arguments = {argument.arg for argument in (*arguments.args, *arguments.kwonlyargs)}
		self.asked_next = self._asked_next()

	def _loop(self, node: ast.For | ast.comprehension) -> None:
		targets = node.target.elts if isinstance(node.target, ast.Tuple) else [node.target]
		values = node.iter
		if isinstance(values, ast.Name):
			values = self.package.constant(self.function.module, values.id) or values
		if isinstance(values, ast.Tuple | ast.List | ast.Set):
			for place, target in enumerate(targets):
				for value in values.elts:
					if isinstance(value, ast.Tuple) and isinstance(node.target, ast.Tuple):
						value = value.elts[place] if place < len(value.elts) else value
					if isinstance(target, ast.Name):
						self.locals.setdefault(target.id, []).append(value)
		elif isinstance(values, ast.Dict):
			if isinstance(targets[0], ast.Name):
				self.locals.setdefault(targets[0].id, []).extend(key for key in values.keys if key)

	def _asked_next(self) -> set[int]:
		"""Lines where a document is loaded whose permission is what the very next statement asks for."""
		found = set()
		for block in ast.walk(self.function.node):
			for name in ("body", "orelse", "finalbody"):
				statements = getattr(block, name, None)
				if not isinstance(statements, list):
					continue
				for first, then in pairwise(statements):
					if isinstance(first, ast.Assign) and isinstance(first.targets[0], ast.Name):
						asks = any(
							isinstance(node, ast.Call)
							and isinstance(node.func, ast.Attribute)
							and node.func.attr in ("check_permission", "has_permission", "may_open")
							and first.targets[0].id in ast.unparse(node)
							for node in ast.walk(then)
							if not isinstance(then, ast.If | ast.For | ast.While)
							or node
							in ast.walk(then.test if isinstance(then, ast.If | ast.While) else then.iter)
						)
						if asks:
							found.update(range(first.lineno, (first.end_lineno or first.lineno) + 1))
		for node in ast.walk(self.function.node):  # frappe.get_doc(...).check_permission("read")
			if (
				isinstance(node, ast.Call)
				and isinstance(node.func, ast.Attribute)
				and node.func.attr == "check_permission"
				and isinstance(node.func.value, ast.Call)
			):
				found.update(range(node.func.value.lineno, (node.end_lineno or node.lineno) + 1))
		return found

	def read(self) -> None:
		for statement in self.function.node.body:
			self.visit(statement)

	def generic_visit(self, node: ast.AST) -> None:
		if isinstance(node, _BRANCHES):
			return self._visit_branches(node)
		super().generic_visit(node)

	def _visit_branches(self, node: ast.AST) -> None:
		"""What is always done, then each arm with its mark."""
		always = {"test", "iter", "target", "subject"}
		for name, value in ast.iter_fields(node):
			children = value if isinstance(value, list) else [value]
			for place, child in enumerate(children):
				if not isinstance(child, ast.AST):
					continue
				# the first value of `a and b`, the body of a try and its end are passed whatever happens
				first = isinstance(node, ast.BoolOp) and place == 0
				if name in always or first or (isinstance(node, ast.Try) and name in ("body", "finalbody")):
					self.visit(child)
				else:
					before = self.branch
					self.branch = (*before, (id(node), name if not isinstance(node, ast.BoolOp) else place))
					self.visit(child)
					self.branch = before

	def visit_Call(self, node: ast.Call) -> None:
		name = self._name(node.func)
		last = node.func.attr if isinstance(node.func, ast.Attribute) else name.rpartition(".")[2]
		line = node.lineno
		if last in QUESTIONS and not self._overridden(node) and name != "frappe.db.get_list":
			self.function.questions.append((self.branch, line))
		elif name in _READERS or (last == "get_list" and self._overridden(node)):
			if line not in self.asked_next:
				self.function.reads += [(doctype, self.branch, line) for doctype in self._doctypes(node)]
		elif name in ("frappe.db.sql", "frappe.db.multisql") and node.args:
			text = ast.unparse(node.args[0])
			for doctype in self.package.protected:
				if f"tab{doctype}" in text:
					self.function.reads.append((doctype, self.branch, line))
		self.generic_visit(node)

	def visit_Name(self, node: ast.Name) -> None:
		self._refer(self._name(node), node.lineno)

	def visit_Attribute(self, node: ast.Attribute) -> None:
		name = self._name(node)
		if name in self.package.functions:
			self._refer(name, node.lineno)
		else:
			self.generic_visit(node)

	def _refer(self, name: str, line: int) -> None:
		if name in self.package.functions:
			self.function.calls.append((name, self.branch, line))

	def _overridden(self, node: ast.Call) -> bool:
		return any(
			keyword.arg in ("ignore_permissions", "ignore_user_permissions")
			and not (isinstance(keyword.value, ast.Constant) and not keyword.value.value)
			for keyword in node.keywords
		)

	def _name(self, node: ast.expr) -> str:
		"""The dotted name of a function, through the imports of its module."""
		if isinstance(node, ast.Name):
			module = self.function.module
			if node.id in module.imports and node.id not in self.arguments:
				return module.imports[node.id]
			return f"{module.path}.{node.id}"
		if isinstance(node, ast.Attribute):
			if isinstance(node.value, ast.Name) and node.value.id in ("self", "cls") and self.function.owner:
				return f"{self.function.owner}.{node.attr}"
			return f"{self._name(node.value)}.{node.attr}"
		return ""

	def _doctypes(self, node: ast.Call) -> Iterator[str]:
		value = (
			node.args[0] if node.args else next((k.value for k in node.keywords if k.arg == "doctype"), None)
		)
		if value is None:
			return
		for doctype in self._values(value):
			if doctype in self.package.protected or doctype == UNKNOWN:
				yield doctype

	def _values(self, node: ast.expr, depth: int = 0) -> set[str]:
		"""The texts that an expression may be; UNKNOWN where the source does not say."""
		if isinstance(node, ast.Constant):
			return {node.value} if isinstance(node.value, str) else set()
		if isinstance(node, ast.Dict):
			for key in node.keys:
				if isinstance(key, ast.Constant) and key.value == "doctype":
					return set()  # a new record: nothing is read
			return {UNKNOWN}
		if isinstance(node, ast.IfExp):
			return self._values(node.body, depth) | self._values(node.orelse, depth)
		if isinstance(node, ast.Name) and depth < 4:
			found = self.locals.get(node.id)
			if found is None and node.id not in self.arguments:
				constant = self.package.constant(self.function.module, node.id)
				found = [constant] if constant is not None else None
			if found:
				return set().union(*(self._values(value, depth + 1) for value in found))
		if isinstance(node, ast.Call) and self._name(node.func) in ("frappe.qb.DocType",):
			return self._values(node.args[0], depth + 1)
		return {UNKNOWN}


def named_in_hooks(source: str, hook: str) -> set[str]:
	"""Dotted paths that one hook names."""
	return {
		text.value
		for node in ast.parse(source).body
		if isinstance(node, ast.Assign)
		and any(isinstance(target, ast.Name) and target.id == hook for target in node.targets)
		for text in ast.walk(node.value)
		if isinstance(text, ast.Constant) and isinstance(text.value, str) and "." in text.value
	}


def enqueued(package: Package) -> set[str]:
	"""Functions that are handed to a worker."""
	found = set()
	handing = ("enqueue", "enqueue_doc", "hand_over")  # the last is ours: import_jobs
	for module in package.modules.values():
		for node in ast.walk(module.tree):
			if not (isinstance(node, ast.Call) and ast.unparse(node.func).endswith(handing)):
				continue
			for value in (*node.args, *(keyword.value for keyword in node.keywords)):
				name = ""
				if isinstance(value, ast.Constant):
					name = str(value.value)
				elif isinstance(value, ast.Name):
					name = module.imports.get(value.id, f"{module.path}.{value.id}")
				elif isinstance(value, ast.Attribute) and isinstance(value.value, ast.Name):
					name = f"{module.imports.get(value.value.id, '')}.{value.attr}"
				found |= {name} & package.functions.keys()
	return found
