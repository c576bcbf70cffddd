import { z } from 'zod';
import { type ApiRoom, describeRoutes } from '@/lib/platform/core/http/openapi';
import {
  endExceptionInput,
  exceptionDto,
  exceptionListDto,
  exceptionReplayDto,
  listExceptionsInput,
  previewExceptionInput,
  requestExceptionInput,
} from './exception-contract';
import { testEventDto, testEventInput } from './send-test-event';
import {
  listUnreadableInput,
  sensorDetailDto,
  sensorDto,
  sensorListDto,
  unreadableListDto,
  updateSensorInput,
} from './sensor-contract';
import {
  detectionDetailDto,
  detectionDto,
  detectionFacetsDto,
  detectionFilterInput,
  detectionHistogramDto,
  detectionListDto,
  exportDetectionsInput,
  exportGroupsInput,
  groupDetailDto,
  groupDto,
  groupFacetsDto,
  groupFilterInput,
  groupListDto,
  listDetectionsInput,
  listGroupsInput,
  triageGroupInput,
} from './view-contract';

const tag = {
  name: 'Detections',
  description:
    'Events of Falco and alerts of Alertmanager, grouped, rated and summarized. They are sent to the gate.',
};

const permission = 'detections:read';
const mediaTypes = ['text/csv', 'application/x-ndjson'];

const groups = describeRoutes(tag.name, {
  'GET /detections/groups': {
    id: 'listDetectionGroups',
    summary: 'List detections by group, the newest first',
    description:
      'A group is one rule and one workload, host or alert group. A parameter with ! appended excludes. With updatedSince the oldest change comes first.',
    permission,
    input: listGroupsInput,
    answer: groupListDto,
  },
  'GET /detections/groups/{id}': {
    id: 'getDetectionGroup',
    summary: 'Get a group with what its events have and have not in common',
    permission,
    answer: groupDetailDto,
  },
  'PATCH /detections/groups/{id}': {
    id: 'triageDetectionGroup',
    summary: 'Acknowledge, close or reopen a group',
    permission: 'detections:write',
    input: triageGroupInput,
    answer: groupDto,
    isTagged: true,
  },
  'GET /detections/groups/facets': {
    id: 'detectionGroupFacets',
    summary: 'Count groups by their values',
    permission,
    input: groupFilterInput,
    answer: groupFacetsDto,
  },
  'GET /detections/groups/histogram': {
    id: 'detectionGroupHistogram',
    summary: 'Count every event of the groups over time',
    permission,
    input: groupFilterInput,
    answer: detectionHistogramDto,
  },
  'GET /detections/groups/export': {
    id: 'exportDetectionGroups',
    summary: 'Export groups as CSV or NDJSON',
    permission,
    input: exportGroupsInput,
    answer: z.string(),
    mediaTypes,
  },
});

const events = describeRoutes(tag.name, {
  'GET /detections': {
    id: 'listDetections',
    summary: 'List kept events and alert episodes, the newest first',
    description:
      'The last 7 days unless from says otherwise. A parameter with ! appended excludes. With updatedSince the oldest comes first.',
    permission,
    input: listDetectionsInput,
    answer: detectionListDto,
  },
  'GET /detections/{id}': {
    id: 'getDetection',
    summary: 'Get an event with its fields and its JSON as it was received',
    permission,
    answer: detectionDetailDto,
  },
  'GET /detections/facets': {
    id: 'detectionFacets',
    summary: 'Count kept events by their values',
    permission,
    input: detectionFilterInput,
    answer: detectionFacetsDto,
  },
  'GET /detections/histogram': {
    id: 'detectionHistogram',
    summary: 'Count kept events over time',
    permission,
    input: detectionFilterInput,
    answer: detectionHistogramDto,
  },
  'GET /detections/export': {
    id: 'exportDetections',
    summary: 'Export kept events as CSV or NDJSON',
    permission,
    input: exportDetectionsInput,
    answer: z.string(),
    mediaTypes,
  },
  'GET /detections/unreadable': {
    id: 'listUnreadableEvents',
    summary: 'List what was received and could not be read',
    permission,
    input: listUnreadableInput,
    answer: unreadableListDto,
  },
  'POST /detections/test-event': {
    id: 'sendTestEvent',
    summary: 'Send a test event through everything behind the gate',
    permission: 'detections:write',
    input: testEventInput,
    answer: testEventDto,
    status: 202,
  },
});

const sensors = describeRoutes(tag.name, {
  'GET /detections/sensors': {
    id: 'listSensors',
    summary: 'List sensors with their health, the worst first',
    permission,
    answer: sensorListDto,
  },
  'GET /detections/sensors/{id}': {
    id: 'getSensor',
    summary: 'Get a sensor with its last seven days',
    permission,
    answer: sensorDetailDto,
  },
  'PATCH /detections/sensors/{id}': {
    id: 'updateSensor',
    summary: 'Retire a sensor, or expect it again',
    permission: 'detections:write',
    input: updateSensorInput,
    answer: sensorDto,
  },
});

const exceptions = describeRoutes(tag.name, {
  'GET /detections/exceptions': {
    id: 'listDetectionExceptions',
    summary: 'List exceptions, the newest first',
    permission,
    input: listExceptionsInput,
    answer: exceptionListDto,
  },
  'POST /detections/exceptions': {
    id: 'requestDetectionException',
    summary: 'Ask for an exception; someone else approves it',
    permission: 'detections:write',
    input: requestExceptionInput,
    answer: exceptionDto,
    status: 201,
    isRepeatable: true,
  },
  'POST /detections/exceptions/preview': {
    id: 'previewDetectionException',
    summary: 'Count what an exception would have covered in the last 90 days',
    permission,
    input: previewExceptionInput,
    answer: exceptionReplayDto,
  },
  'GET /detections/exceptions/{id}': {
    id: 'getDetectionException',
    summary: 'Get an exception',
    permission,
    answer: exceptionDto,
  },
  'POST /detections/exceptions/{id}/approve': {
    id: 'approveDetectionException',
    summary: 'Approve an exception of someone else',
    permission: 'detections:write',
    answer: exceptionDto,
  },
  'POST /detections/exceptions/{id}/end': {
    id: 'endDetectionException',
    summary: 'End an exception before its time, or decline one that waits',
    permission: 'detections:write',
    input: endExceptionInput,
    answer: exceptionDto,
  },
});

export const detectionsApi: ApiRoom = {
  tag,
  schemas: {
    DetectionGroup: groupDto,
    DetectionGroupList: groupListDto,
    DetectionGroupDetail: groupDetailDto,
    Detection: detectionDto,
    DetectionList: detectionListDto,
    DetectionDetail: detectionDetailDto,
    DetectionHistogram: detectionHistogramDto,
    DetectionException: exceptionDto,
    DetectionExceptionList: exceptionListDto,
    DetectionExceptionReplay: exceptionReplayDto,
    Sensor: sensorDto,
    SensorList: sensorListDto,
    SensorDetail: sensorDetailDto,
  },
  paths: { ...groups, ...events, ...sensors, ...exceptions },
};
