"use strict";
Object.defineProperty(exports, "__esModule", { value: true });
exports.ask = ask;
exports.askAt = askAt;
exports.rowOf = rowOf;
exports.hasStatus = hasStatus;
const n8n_workflow_1 = require("n8n-workflow");
async function ask(context, request, itemIndex) {
    const { url } = await context.getCredentials('nametsApi');
    return await askAt(context, `${url.trim().replace(/\/+$/, '')}/api/v1${request.path}`, request, itemIndex);
}
async function askAt(context, url, request, itemIndex) {
    const response = (await context.helpers.httpRequestWithAuthentication.call(context, 'nametsApi', {
        method: request.method ?? 'GET',
        url,
        qs: request.query,
        body: request.body,
        headers: { Accept: 'application/json', ...request.headers },
        json: true,
        disableFollowRedirect: true,
        ignoreHttpStatusErrors: true,
        returnFullResponse: true,
    }));
    if (response.statusCode >= 200 && response.statusCode < 300)
        return response;
    throw refusal(context, response, itemIndex);
}
async function rowOf(context, request, itemIndex) {
    return (await ask(context, request, itemIndex)).body;
}
function hasStatus(error, status) {
    return error instanceof n8n_workflow_1.NodeApiError && error.httpCode === String(status);
}
function refusal(context, response, itemIndex) {
    const problem = asProblem(response.body);
    const lines = (problem.errors ?? []).map((e) => `${e.pointer ?? e.parameter ?? e.header ?? ''}: ${e.detail}`.replace(/^: /, ''));
    const message = problem.detail ?? `namets answered with HTTP status ${response.statusCode}; is the URL of the credential right?`;
    return new n8n_workflow_1.NodeApiError(context.getNode(), { ...problem }, {
        message: lines.length > 0 ? `${message} (${lines[0]}${lines.length > 1 ? ', …' : ''})` : message,
        description: lines.length > 0 ? lines.join('\n') : problem.code && `Code: ${problem.code}`,
        httpCode: String(response.statusCode),
        itemIndex,
    });
}
function asProblem(body) {
    return typeof body === 'object' && body !== null && !Array.isArray(body) && !Buffer.isBuffer(body)
        ? body
        : {};
}
