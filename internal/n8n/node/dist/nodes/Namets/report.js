"use strict";
Object.defineProperty(exports, "__esModule", { value: true });
exports.report = report;
const n8n_workflow_1 = require("n8n-workflow");
const api_1 = require("../shared/api");
const failed_1 = require("./failed");
const fields_1 = require("./fields");
async function report(context, count) {
    const reports = new Map();
    for (let i = 0; i < count; i++) {
        const url = (0, fields_1.text)(context, 'reportUrl', i);
        const entry = reports.get(url) ?? { items: [], sent: [], failed: [] };
        reports.set(url, entry);
        entry.items.push(i);
        const email = (0, fields_1.text)(context, 'email', i);
        const reason = reasonOf(context, i);
        if (reason === undefined)
            entry.sent.push(email);
        else
            entry.failed.push({ email, reason });
    }
    const out = [];
    for (const [url, entry] of reports) {
        try {
            const body = { sent: entry.sent, failed: entry.failed };
            const answer = await (0, api_1.askAt)(context, url, { method: 'POST', path: '', body }, entry.items[0]);
            out.push({ json: answer.body, pairedItem: entry.items.map((item) => ({ item })) });
        }
        catch (error) {
            if (!context.continueOnFail())
                throw new n8n_workflow_1.NodeApiError(context.getNode(), error);
            out.push(...entry.items.map((i) => (0, failed_1.failed)(error, i)));
        }
    }
    return out;
}
function reasonOf(context, index) {
    const { json } = context.getInputData()[index];
    const error = json.error;
    const outcome = (0, fields_1.text)(context, 'outcome', index);
    if (outcome === 'sent' || (outcome === 'automatic' && !error))
        return undefined;
    const reason = typeof error === 'object' ? String(error.message ?? '') : String(error ?? '');
    return (0, fields_1.text)(context, 'reason', index) || reason;
}
