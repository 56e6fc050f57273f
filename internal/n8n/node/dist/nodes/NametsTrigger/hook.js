"use strict";
Object.defineProperty(exports, "__esModule", { value: true });
exports.known = known;
exports.keyOf = keyOf;
exports.isRegistered = isRegistered;
exports.register = register;
exports.renewSecret = renewSecret;
exports.hasChanged = hasChanged;
exports.unregister = unregister;
const n8n_workflow_1 = require("n8n-workflow");
const crypto_1 = require("crypto");
const api_1 = require("../shared/api");
function known(context, slot) {
    return context.getWorkflowStaticData('node')[slot];
}
function remember(context, slot, hook) {
    context.getWorkflowStaticData('node')[slot] = hook;
}
function keyOf(context, slot) {
    const readable = `n8n:${context.getWorkflow().id}:${context.getNode().id}`;
    const valid = /^[A-Za-z0-9._~:-]{1,120}$/.test(readable);
    const key = valid ? readable : `n8n:${(0, crypto_1.createHash)('sha256').update(readable).digest('hex')}`;
    return slot === 'test' ? `${key}:test` : key;
}
function settings(context) {
    const options = context.getNodeParameter('options', {});
    const events = context.getNodeParameter('events');
    return {
        url: context.getNodeWebhookUrl('default'),
        events: events.includes('*') ? ['*'] : events,
        ack: context.getNodeParameter('acknowledge'),
        report_within: options.reportWithin || 'PT30M',
        before: options.before || 'PT24H',
    };
}
async function isRegistered(context, slot) {
    const remembered = known(context, slot);
    const want = settings(context);
    const key = keyOf(context, slot);
    if (remembered?.key !== key || remembered.url !== want.url)
        return false;
    try {
        const hook = await (0, api_1.rowOf)(context, { path: `/hooks/${key}` });
        return (hook.status === 'active' &&
            hook.updated_at === remembered.updatedAt &&
            sameEvents(hook.events, want.events) &&
            ['url', 'ack', 'report_within', 'before'].every((name) => hook[name] === want[name]));
    }
    catch (error) {
        if ((0, api_1.hasStatus)(error, 404))
            return false;
        throw new n8n_workflow_1.NodeApiError(context.getNode(), error);
    }
}
function sameEvents(a, b) {
    return [...a].sort().join() === [...b].sort().join();
}
async function register(context, slot) {
    const key = keyOf(context, slot);
    const want = settings(context);
    const hook = await (0, api_1.rowOf)(context, { method: 'PUT', path: `/hooks/${key}`, body: want });
    if (hook.secret === undefined)
        return await renewSecret(context, slot);
    const updatedAt = hook.updated_at;
    remember(context, slot, { key, url: want.url, secret: hook.secret, updatedAt });
}
async function renewSecret(context, slot) {
    const key = keyOf(context, slot);
    const url = context.getNodeWebhookUrl('default');
    const { secret } = await (0, api_1.rowOf)(context, { method: 'POST', path: `/hooks/${key}/secret` });
    const { updated_at } = await (0, api_1.rowOf)(context, { path: `/hooks/${key}` });
    remember(context, slot, { key, url, secret: secret, updatedAt: updated_at });
}
async function hasChanged(context, slot) {
    try {
        const { updated_at } = await (0, api_1.rowOf)(context, { path: `/hooks/${keyOf(context, slot)}` });
        return updated_at !== known(context, slot)?.updatedAt;
    }
    catch (error) {
        if ((0, api_1.hasStatus)(error, 404))
            return false;
        throw new n8n_workflow_1.NodeApiError(context.getNode(), error);
    }
}
async function unregister(context, slot) {
    await (0, api_1.ask)(context, { method: 'DELETE', path: `/hooks/${keyOf(context, slot)}` });
    delete context.getWorkflowStaticData('node')[slot];
}
