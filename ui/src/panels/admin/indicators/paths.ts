export const INDICATORS = '/api/admin/economic-indicators';
