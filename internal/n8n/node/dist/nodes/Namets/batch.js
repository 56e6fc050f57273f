"use strict";
Object.defineProperty(exports, "__esModule", { value: true });
exports.batch = batch;
const n8n_workflow_1 = require("n8n-workflow");
const api_1 = require("../shared/api");
const failed_1 = require("./failed");
const fields_1 = require("./fields");
async function batch(context, count) {
    const { size, notify, ...rest } = (0, fields_1.chosen)(context, 'options', 0);
    const parameters = (0, fields_1.query)({ ...rest, notify: notify === false ? '0' : '' });
    const step = size ?? 1000;
    const out = [];
    for (let from = 0; from < count; from += step) {
        const indices = Array.from({ length: Math.min(step, count - from) }, (_, n) => from + n);
        try {
            const body = indices.map((i) => ({ ...(0, fields_1.chosen)(context, 'fields', i), email: (0, fields_1.text)(context, 'email', i) }));
            const request = { method: 'POST', path: '/subscribers/batch', query: parameters, body };
            const verdicts = (await (0, api_1.ask)(context, request, from)).body;
            for (const verdict of verdicts) {
                const item = from + verdict.row - 1;
                out.push({ json: { ...verdict, row: item + 1 }, pairedItem: { item } });
            }
        }
        catch (error) {
            if (!context.continueOnFail())
                throw new n8n_workflow_1.NodeApiError(context.getNode(), error);
            out.push(...indices.map((i) => (0, failed_1.failed)(error, i)));
        }
    }
    return out;
}
