"use strict";
Object.defineProperty(exports, "__esModule", { value: true });
exports.failed = failed;
function failed(error, index) {
    const problem = error;
    return { json: { error: problem.message }, error: problem, pairedItem: { item: index } };
}
