export { BACKENDS, openBackend, type Backend, type BackendName } from './backend.js';
