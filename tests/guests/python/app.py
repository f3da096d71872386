"""The same tools as the Rust guest `probe`, in Python, and two things that its SDK cannot do."""

import json
import os

from componentize_py_types import Err
from wit_world import exports
from wit_world.exports.tools import (
    Annotations,
    Content_Text,
    Definition,
    Error_Denied,
    Error_Failed,
    Error_InvalidArguments,
    Output,
)


def greet(name):
    if not name:
        raise Err(Error_InvalidArguments("the name is empty"))
    greeting = f"Hello, {name.upper()}!"
    return Output([Content_Text(greeting)], json.dumps({"greeting": greeting}))


def line_count(path):
    with open(path, "rb") as file:
        lines = sum(1 for _ in file)
    return Output([Content_Text(f"{lines} lines")], json.dumps({"lines": lines}))


def symlink(target, path):
    os.symlink(target, path)
    return Output([], None)


def broken_result():
    return Output([], "{broken")


def object_of_texts(*names):
    properties = {name: {"type": "string"} for name in names}
    return {"type": "object", "properties": properties, "required": list(names), "additionalProperties": False}


TOOLS = {
    "greet": (greet, "Greets somebody by name.", object_of_texts("name"), True),
    "line_count": (line_count, "Counts the lines of a text file.", object_of_texts("path"), True),
    "symlink": (symlink, "Makes a symbolic link.", object_of_texts("target", "path"), False),
    "broken_result": (broken_result, "Returns what is not JSON.", object_of_texts(), True),
}


class Tools(exports.Tools):
    def list_tools(self):
        return [
            Definition(name, None, description, json.dumps(schema), None, Annotations(read_only, False, read_only, False))
            for name, (_, description, schema, read_only) in TOOLS.items()
        ]

    def call(self, name, arguments):
        try:
            return TOOLS[name][0](**json.loads(arguments))
        except PermissionError as error:
            raise Err(Error_Denied(f"{error.filename}: the host does not permit it"))
        except FileNotFoundError as error:
            raise Err(Error_Failed(f"{error.filename}: no such file or folder"))
        except OSError as error:
            raise Err(Error_Failed(str(error)))
