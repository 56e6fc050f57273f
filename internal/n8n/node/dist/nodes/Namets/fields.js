"use strict";
Object.defineProperty(exports, "__esModule", { value: true });
exports.needed = needed;
exports.member = member;
exports.flag = flag;
exports.choice = choice;
exports.collection = collection;
exports.text = text;
exports.chosen = chosen;
exports.list = list;
exports.query = query;
function needed(displayName, name, more = {}) {
    return { displayName, name, type: 'string', required: true, default: '', ...more };
}
function member(displayName, name, more = {}) {
    return { displayName, name, type: 'string', default: '', ...more };
}
function flag(displayName, name, description) {
    return { displayName, name, type: 'boolean', default: false, description: `Whether ${description}` };
}
function choice(displayName, name, values, description = '') {
    const options = values.map((value) => ({
        name: value.charAt(0).toUpperCase() + value.slice(1).replace(/[-_]/g, ' '),
        value,
    }));
    const parameter = { displayName, name, type: 'options', options, default: '', description };
    return { ...parameter, default: values[0] };
}
function collection(displayName, name, members) {
    return {
        displayName,
        name,
        type: 'collection',
        placeholder: 'Add field',
        default: {},
        options: [...members].sort((a, b) => a.displayName.localeCompare(b.displayName)),
    };
}
function text(context, name, index) {
    return String(context.getNodeParameter(name, index) ?? '').trim();
}
function chosen(context, name, index) {
    return context.getNodeParameter(name, index, {});
}
function list(value) {
    const parts = Array.isArray(value) ? value.map(String) : String(value ?? '').split(/[\n,]/);
    return parts.map((part) => part.trim()).filter((part) => part !== '');
}
function query(values) {
    const entries = Object.entries(values)
        .filter(([, value]) => value !== '' && value !== undefined && value !== null)
        .map(([name, value]) => [name, typeof value === 'boolean' ? Number(value) : Array.isArray(value) ? value.join() : value]);
    return Object.fromEntries(entries);
}
