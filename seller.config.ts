/** What this seller sells: the one file a seller edits. Read by every room through a projection of `shared/seller`. */
import { defineSeller } from './shared/seller/define.ts'
import type { Dimension, Listing, Trial } from './shared/seller.ts'

const teamFeatures = ['ai_skill_discovery', 'basic_analytics', 'team_collaboration', 'email_support']

const trial: Trial = {
  days: 14,
  plan: 'team',
  limits: { users: 5 },
  allowances: { api_calls_1k: { amount: '1000', per: 'term' }, storage_gb_month: { level: '1' } },
  remindDaysBefore: [7, 3, 1],
  graceDays: 3,
  thenPlan: 'team',
}

const apiCalls: Dimension = {
  key: 'api_calls_1k',
  title: '1,000 API calls beyond the plan',
  unit: 'Units',
  price: '0.10',
  metered: true,
  offered: true,
  charge: { kind: 'sum', meter: 'api_calls', block: '1000', included: 'plan' },
}

const storage: Dimension = {
  key: 'storage_gb_month',
  title: 'GB of storage for a month, beyond the plan',
  unit: 'GB',
  price: '0.50',
  metered: true,
  offered: true,
  charge: { kind: 'time-weighted', meter: 'storage_gb', included: 'plan' },
}

const listing: Listing = {
  shortDescription:
    'Skillsmith is where teams find, share and improve AI skills, with analytics that show which of them are used.',
  longDescription: 'listing/texts/long-description.txt',
  highlights: [
    'One searchable catalogue of AI skills for people and tools.',
    'Analytics that show which skills are used, and by which teams.',
    'From five people on trial to single sign-on and a service level agreement for the whole company.',
  ],
  keywords: ['AI', 'skills', 'skill discovery', 'analytics', 'collaboration'],
  categories: ['Application Development'],
  support:
    'E-mail for every plan: support@skillsmith.app. Enterprise has dedicated support and a service level agreement.',
  refundPolicy:
    'Usage is billed for what was used. Ask support@skillsmith.app within 30 days about a charge you do not recognise.',
  resources: [{ text: 'Skillsmith', url: 'https://skillsmith.app' }],
}

export default defineSeller({
  seller: {
    name: 'Skillsmith',
    legalName: 'Skillsmith, Inc.',
    account: '123456789012',
    website: 'https://skillsmith.app',
    contacts: {
      support: 'support@skillsmith.app',
      legal: 'legal@skillsmith.app',
      security: 'security@skillsmith.app',
      techAdmin: 'aws@skillsmith.app',
    },
  },
  landing: 'hosted',
  region: 'us-east-1',
  branding: { name: 'Skillsmith', accent: '#1d4ed8' },
  registration: {
    fields: [
      { key: 'email', label: 'Work e-mail', type: 'email', required: true, autocomplete: 'email' },
      { key: 'name', label: 'Your name', type: 'text', required: true, autocomplete: 'name' },
      { key: 'company', label: 'Company', type: 'text', required: true, autocomplete: 'organization' },
      { key: 'phone', label: 'Phone', type: 'tel', required: false, autocomplete: 'tel' },
    ],
  },
  meters: {
    users: { label: 'Users', unit: 'user' },
    api_calls: { label: 'API calls', unit: 'call' },
    storage_gb: { label: 'Storage', unit: 'GB' },
  },
  features: {
    ai_skill_discovery: 'AI skill discovery',
    basic_analytics: 'Basic analytics',
    team_collaboration: 'Team collaboration',
    email_support: 'Support by e-mail',
    advanced_analytics: 'Advanced analytics',
    custom_integrations: 'Custom integrations',
    sso_saml: 'Single sign-on with SAML',
    dedicated_support: 'Dedicated support',
    sla_guarantee: 'Service level agreement',
  },
  plans: [
    {
      key: 'team',
      title: 'Team',
      features: teamFeatures,
      limits: { users: 50 },
      allowances: { api_calls_1k: { amount: '10000', per: 'month' }, storage_gb_month: { level: '10' } },
    },
    {
      key: 'enterprise',
      title: 'Enterprise',
      features: [
        ...teamFeatures,
        'advanced_analytics',
        'custom_integrations',
        'sso_saml',
        'dedicated_support',
        'sla_guarantee',
      ],
      limits: { users: 'unlimited' },
      allowances: { api_calls_1k: 'unlimited', storage_gb_month: { level: '100' } },
    },
  ],
  products: [
    {
      key: 'contract',
      kind: 'saas',
      id: 'prod-k3mv7q2xw9d4r',
      code: '7h2kq9v4n1xw8zc3m6tb5rjd0',
      title: 'Skillsmith - AI Skills Development Platform',
      summary: 'Seats bought ahead by the month or the year; API calls beyond the plan by use.',
      pricing: 'contract-with-consumption',
      integration: 'license',
      dimensions: [
        {
          key: 'team_users',
          title: 'User of the Team plan',
          unit: 'Users',
          price: '25.00',
          contract: { monthly: '25.00', annual: '270.00', quantities: [1, 10, 25, 50] },
          metered: false,
          offered: true,
          plan: 'team',
        },
        {
          key: 'enterprise_users',
          title: 'User of the Enterprise plan',
          unit: 'Users',
          price: '69.00',
          contract: { monthly: '69.00', annual: '745.20', quantities: [1, 10, 25, 50] },
          metered: false,
          offered: true,
          plan: 'enterprise',
        },
        apiCalls,
        storage,
      ],
      defaultPlan: 'team',
      trial,
      listing,
    },
    {
      key: 'subscription',
      kind: 'saas',
      id: 'prod-f8wn5z1hj6t3b',
      code: '4dz8m1rf6yq2w7kx9p3vc5hn0',
      title: 'Skillsmith - AI Skills Development Platform (pay as you go)',
      summary: 'Everything by use, billed at the end of the month; nothing bought ahead.',
      pricing: 'subscription',
      integration: 'license',
      dimensions: [
        {
          key: 'team_users',
          title: 'User of the Team plan in a month',
          unit: 'Users',
          price: '25.00',
          metered: true,
          offered: true,
          plan: 'team',
          charge: { kind: 'unique', meter: 'users' },
        },
        {
          key: 'enterprise_users',
          title: 'User of the Enterprise plan in a month',
          unit: 'Users',
          price: '69.00',
          metered: true,
          offered: true,
          plan: 'enterprise',
          charge: { kind: 'unique', meter: 'users' },
        },
        apiCalls,
        storage,
      ],
      defaultPlan: 'team',
      trial,
      listing,
    },
    {
      key: 'container',
      kind: 'container',
      id: 'prod-q6xc2y9sl4g7p',
      code: '9w3jx5t7q1bn4gz6k8yd2vhm0',
      title: 'Skillsmith - AI Skills Development Platform (container)',
      summary: 'Skillsmith in your own cluster on ECS, Fargate or EKS; each API call by use.',
      pricing: 'custom-metering',
      metering: 'task',
      integration: 'license',
      image: {
        repository: 'skillsmith',
        platforms: ['linux/amd64', 'linux/arm64'],
        port: 3000,
        healthPath: '/health',
      },
      dimensions: [
        {
          key: 'api_call',
          title: 'API call',
          unit: 'Requests',
          price: '0.0001',
          metered: true,
          offered: true,
          charge: { kind: 'sum', meter: 'api_calls' },
        },
      ],
      listing: {
        ...listing,
        shortDescription: 'The Skillsmith catalogue of AI skills as a container for ECS, Fargate and EKS.',
        longDescription: 'listing/texts/container-description.txt',
        highlights: [
          'Runs in your own AWS account, next to your data.',
          'Billed by the API call; no seats, no minimum.',
          'Starts with a task role or a service account role; no keys.',
        ],
      },
    },
  ],
  timing: { latenessMinutes: 10, finalTakeMinutes: 10, lateAcrossMonthsHours: 24 },
  alarms: {
    churnPercentADay: 5,
    meteringFailuresAnHour: 10,
    conversionPercentAWeek: 10,
    supportTicketsADay: 100,
  },
  feedback: { npsEveryMonths: 3 },
  legal: {
    eula: 'custom',
    governingLaw: 'Delaware, USA',
    terminationNoticeDays: 30,
    cureDays: 30,
    exportDays: 30,
    liabilityCapMonths: 12,
    deletionDays: 30,
    breachNoticeHours: 72,
    encryptionInTransit: 'TLS 1.3',
    encryptionAtRest: 'AES-256',
    subProcessors: ['AWS', 'Supabase'],
  },
})
