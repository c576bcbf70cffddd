import { type ApiRoom, describeRoutes } from '@/lib/platform/core/http/openapi';
import {
  anomalyDto,
  anomalyMuteDto,
  anomalyMuteListDto,
  anomalyPageDto,
  createMuteInput,
  listAnomaliesInput,
  ruleDto,
  ruleListDto,
  triageAnomalyInput,
  updateRuleInput,
} from './contract';

const tag = {
  name: 'Anomalies',
  description: 'Unusual activity found by anomaly rules, and how it was triaged.',
};

export const anomaliesApi: ApiRoom = {
  tag,
  schemas: {
    Anomaly: anomalyDto,
    AnomalyPage: anomalyPageDto,
    AnomalyRule: ruleDto,
    AnomalyRuleList: ruleListDto,
    AnomalyMute: anomalyMuteDto,
    AnomalyMuteList: anomalyMuteListDto,
  },
  paths: describeRoutes(tag.name, {
    'GET /anomalies': {
      id: 'listAnomalies',
      summary: 'List anomalies, the newest first',
      permission: 'audit:read',
      input: listAnomaliesInput,
      answer: anomalyPageDto,
    },
    'GET /anomalies/{id}': {
      id: 'getAnomaly',
      summary: 'Get an anomaly',
      permission: 'audit:read',
      answer: anomalyDto,
      isTagged: true,
    },
    'PATCH /anomalies/{id}': {
      id: 'triageAnomaly',
      summary: 'Triage an anomaly',
      permission: 'anomalies:write',
      input: triageAnomalyInput,
      answer: anomalyDto,
      isTagged: true,
    },
    'GET /anomaly-rules': {
      id: 'listAnomalyRules',
      summary: 'List the rules with their last replays',
      permission: 'audit:read',
      answer: ruleListDto,
    },
    'PATCH /anomaly-rules/{key}': {
      id: 'updateAnomalyRule',
      summary: 'Turn a rule on or off, or change its numbers',
      permission: 'policies:write',
      input: updateRuleInput,
      answer: ruleDto,
      isTagged: true,
    },
    'POST /anomaly-rules/{key}/replay': {
      id: 'replayAnomalyRule',
      summary: 'Run a rule over the last 30 days',
      permission: 'policies:write',
      answer: ruleDto,
    },
    'GET /anomaly-mutes': {
      id: 'listAnomalyMutes',
      summary: 'List active mutes',
      permission: 'audit:read',
      answer: anomalyMuteListDto,
    },
    'POST /anomaly-mutes': {
      id: 'createAnomalyMute',
      summary: 'Mute a rule for some days',
      permission: 'anomalies:write',
      input: createMuteInput,
      answer: anomalyMuteDto,
      status: 201,
    },
    'POST /anomaly-mutes/{id}/end': {
      id: 'endAnomalyMute',
      summary: 'End a mute before its time',
      permission: 'anomalies:write',
      answer: anomalyMuteDto,
    },
  }),
};
