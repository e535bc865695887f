export { ChatServices, type Patience } from './chat-services.js';
export { Fleet, freePort, type Serve, type Served } from './fleet.js';
export { judgeLog, latenessMs, type Broken, type JudgeOptions, type Told } from './judge.js';
export { judgeFolder, judgeOverGateway, sameLog, type Judgement } from './judge-folder.js';
export { LapseProcess, type Ended, type SoftLimits } from './lapse-process.js';
export { DENSE_MIX, Requests, type Mix, type Request } from './requests.js';
export { settled } from './settled.js';
export { sleep, until, type Tools } from './tools.js';
