"use strict";
Object.defineProperty(exports, "__esModule", { value: true });
exports.NametsApi = void 0;
class NametsApi {
    name = 'nametsApi';
    displayName = 'Namets API';
    icon = { light: 'file:../icons/namets.svg', dark: 'file:../icons/namets.dark.svg' };
    documentationUrl = 'https://namets.example/docs/author/node/';
    properties = [
        {
            displayName: 'URL',
            name: 'url',
            type: 'string',
            required: true,
            default: 'https://namets.example',
            description: 'The address of your namets, with http:// or https:// and without /api/v1',
        },
        {
            displayName: 'API Token',
            name: 'token',
            type: 'string',
            typeOptions: { password: true },
            required: true,
            default: '',
            description: 'A named token (it begins with nmt_), which an owner makes in the admin of namets, or the shared API token',
        },
    ];
    authenticate = {
        type: 'generic',
        properties: { headers: { 'X-N8N-Token': '={{$credentials.token}}' } },
    };
    test = {
        request: {
            baseURL: '={{$credentials.url.replace(/\\/+$/, "")}}',
            url: '/api/v1/token',
            disableFollowRedirect: true,
        },
        rules: [
            {
                type: 'responseCode',
                properties: { value: 403, message: 'namets does not accept this token' },
            },
            {
                type: 'responseCode',
                properties: { value: 404, message: 'There is no namets with the open API at this URL' },
            },
        ],
    };
}
exports.NametsApi = NametsApi;
